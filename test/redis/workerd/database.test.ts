/** How a database batches calls into requests, and how it handles requests that fail. */
import { expect, it, vi } from "vitest";
import { Database, WrongCredentials } from "../../../db/upstash/database.ts";
import { script } from "../../../db/upstash/lua.ts";
import { StoreUnavailable } from "../../../db/store.ts";
import {
  BLOCKS_MAX,
  BUCKETS,
  FOLLOWING_MAX,
  MUTES_MAX,
  REDIS_REQUEST_MAX_BYTES,
} from "../../../feed/limits.ts";
import { accounts, jobOf, newId, newJob, newPost, T0_MS } from "../../store/fixtures.ts";
import { DATABASES, command, emptyRedis, storeOn } from "./databases.ts";
import { redisCostsOf } from "./meter.ts";
import { takeDueJobs, waitingJobs } from "../../all-shards.ts";

const [HERE = { url: "", token: "" }] = DATABASES;
const ECHO = script("return ARGV[1]");

it("calls of one turn share one request, and each receives its own answer", async () => {
  const database = new Database(HERE);
  await database.run(ECHO, ["cached"]);
  const texts = Array.from({ length: 300 }, (_, n) => `number ${n}`);
  let answers: unknown[] = [];
  const { roundTrips } = await redisCostsOf(async () => {
    answers = await Promise.all(texts.map((text) => database.run(ECHO, [text])));
  });
  expect(answers).toEqual(texts);
  expect(roundTrips).toBe(1);
});

it("calls larger than one request are split over several, each within the limit", async () => {
  const database = new Database(HERE);
  const long = Array.from({ length: 30 }, (_, n) => String(n).padEnd(100_000, "é"));
  expect(await Promise.all(long.map((text) => database.run(ECHO, [text])))).toEqual(long);
});

it("a script that Redis no longer caches is sent again once, for all its calls", async () => {
  const database = new Database(HERE);
  await database.run(ECHO, ["cached"]);
  await command(HERE, "SCRIPT", "FLUSH");
  const texts = Array.from({ length: 50 }, (_, n) => `${n}`);
  expect(await Promise.all(texts.map((text) => database.run(ECHO, [text])))).toEqual(texts);
});

it("a faulty script fails alone, and other scripts in its request succeed", async () => {
  const database = new Database(HERE);
  const wrong = script("return redis.call('NO-SUCH')");
  const results = await Promise.allSettled([
    database.run(ECHO, ["fine"]),
    database.run(wrong, []),
    database.run(ECHO, ["too"]),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  await expect(database.run(wrong, [])).rejects.not.toThrow(StoreUnavailable);
});

it("wrong credentials throw WrongCredentials, whose message names the variables to set", async () => {
  const database = new Database({ ...HERE, token: "another" });
  await expect(database.run(ECHO, ["x"])).rejects.toThrow(WrongCredentials);
  await expect(database.run(ECHO, ["x"])).rejects.toThrow(
    /does not accept the token: set UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN/,
  );
});

it("an unreachable database is StoreUnavailable after retries", async () => {
  const database = new Database({ url: "http://127.0.0.1:1", token: "x" });
  await expect(database.run(ECHO, ["x"])).rejects.toThrow(StoreUnavailable);
});

it("a call whose answer was lost is retried, and its change is written once", async () => {
  await emptyRedis();
  const store = storeOn([HERE]);
  const [author = ""] = await accounts(store, 1);
  const first = newPost(author);
  await store.posts.publish(first, [], null);
  await store.posts.remove(first, []);
  const real = globalThis.fetch;
  let losses = 0;
  const lossy: typeof fetch = async (input, init) => {
    const answer = await real(input, init);
    if (losses-- > 0) throw new TypeError("the connection was lost");
    return answer;
  };
  vi.stubGlobal("fetch", lossy);
  try {
    losses = 1;
    const post = newPost(author);
    const job = jobOf(author);
    expect(await store.posts.publish(post, [job], null)).toEqual({ status: "published" });
    losses = 1;
    expect(await store.posts.remove(post, [jobOf(author)])).toBe(true);
    losses = 1;
    expect(await store.posts.remove(post, [jobOf(author)])).toBe(false);
    const other = newPost(author);
    const like = { actor: author, kind: "like" as const, post: other.id, entry: null };
    for (const active of [true, false]) {
      const change = { ...like, active, nowMs: T0_MS };
      losses = 1;
      const jobs = [jobOf(author)];
      expect(await store.reactions.setReaction(change, jobs)).toMatchObject({
        changed: true,
        active,
      });
      losses = 1;
      const again = await store.reactions.setReaction(change, [jobOf(author)]);
      expect(again).toMatchObject({ changed: false, active });
    }
    losses = 1;
    const edge = { follower: author, followee: other.id, following: true, nowMs: T0_MS };
    const followed = jobOf(author);
    expect(await store.graph.setEdge(edge, followed)).toMatchObject({ changed: true });
  } finally {
    vi.unstubAllGlobals();
  }
  expect((await store.accounts.byIds([author])).get(author)?.counts.posts).toBe(0);
  expect(await waitingJobs(store)).toBe(5);
});

it("a post with the most parts of a fan-out is one script in one request", async () => {
  await emptyRedis();
  const store = storeOn([HERE]);
  const [author = ""] = await accounts(store, 1);
  const post = { ...newPost(author), text: "😀".repeat(280) };
  const card = { id: author, handle: "ada", name: "Ada", avatarUrl: null };
  const counts = { likes: 0, reposts: 0, replies: 0 };
  const body = { id: post.id, author: card, text: post.text, replyTo: null, counts };
  const change = { kind: "entry" as const, entry: { id: post.id, by: null, post: body } };
  const id = jobOf(author).id;
  const jobs = Array.from({ length: BUCKETS }, (_, part) => ({
    ...newJob(),
    id,
    part,
    author,
    change,
  }));
  expect(JSON.stringify(jobs).length).toBeGreaterThan(REDIS_REQUEST_MAX_BYTES);
  const { commands } = await redisCostsOf(() => store.posts.publish(post, jobs, null));
  expect(commands).toBeLessThanOrEqual(2);
  const due = await takeDueJobs(store, T0_MS + 1e9, 0, 2_000);
  expect(due.sort((a, b) => a.part - b.part)).toEqual(jobs);
});

it("the most follows of one account are read in four round trips, and woken in ten", async () => {
  await emptyRedis();
  const store = storeOn([HERE]);
  const [reader = ""] = await accounts(store, 1);
  const authors = await accounts(store, FOLLOWING_MAX);
  const edges = authors.map((followee) => ({ follower: reader, followee }));
  for (let at = 0; at < edges.length; at += 1_000) {
    await store.graph.importEdges(edges.slice(at, at + 1_000), T0_MS, []);
  }
  let found: { user: string }[] = [];
  const reading = await redisCostsOf(async () => {
    found = await store.graph.followees(reader);
  });
  expect(new Set(found.map(({ user }) => user))).toEqual(new Set(authors));
  // One more round trip sends the script, which is new to Redis.
  expect(reading.roundTrips).toBeLessThanOrEqual(4 + 1);
  const waking = await redisCostsOf(() => store.graph.wake(reader, authors, T0_MS));
  expect(waking.roundTrips).toBeLessThanOrEqual(10);
});

it.each([
  ["mute", MUTES_MAX],
  ["block", BLOCKS_MAX],
] as const)("concurrent calls that %s exceed the cap by none", async (kind, max) => {
  await emptyRedis();
  const store = storeOn([HERE]);
  const [actor = ""] = await accounts(store, 1);
  const rows = Array.from({ length: max - 3 }, () => [`${kind}:${newId()}`, "1:1"]);
  await command(HERE, "HSET", `relations:${actor}`, ...rows.flat());
  const targets = Array.from({ length: 8 }, () => newId());
  const written = await Promise.all(
    targets.map((target) =>
      store.relations.setRelation(
        { actor, kind, target, active: true, nowMs: T0_MS },
        jobOf(actor),
      ),
    ),
  );
  expect(written.filter(({ active }) => active)).toHaveLength(3);
  const kept = await store.relations.relations(actor, targets);
  expect(kept.filter(({ active }) => active)).toHaveLength(3);
});
