/**
 * The export of events from end to end: the built Worker, its queues, the bridge, a broker that speaks
 * the real protocol, and a consumer that does not depend on Skein.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Event, ownerOf } from "../../feed/export/events.ts";
import { parseLogLine } from "../../feed/rank/training-log.ts";
import { orThrow, Skein, SkeinAdministration } from "../../client/src/skein-client.ts";
import type { KafkaBridge } from "../../scripts/kafka-bridge/bridge.ts";
import { type Server, startServer } from "../outside/server.ts";
import { Broker, startBridgeTo } from "./broker.ts";
import { eventIn, type Recorder, startRecorder } from "./recorder.ts";

const TOPIC = "skein-events";
const credentials = { username: "skein", password: "a password" };
const ACCOUNTS = 100;
const FOLLOWS_EACH = 90;
const POSTS = 400;
const DELETES = 100;
const REACTIONS = 300;
const UNFOLLOWS = 100;
const IMPRESSIONS = 100;
/** The accounts that follow the first account only later, which makes it a celebrity. */
const FANS = 9;
const THRESHOLD = FOLLOWS_EACH + FANS / 2 + 0.5;
/** The followers that leave the celebrity, which ends its promotion. */
const LEAVING = 25;
const PROMOTIONS = 2;
const EVENTS =
  ACCOUNTS * FOLLOWS_EACH +
  FANS +
  POSTS +
  DELETES +
  REACTIONS +
  UNFOLLOWS +
  LEAVING +
  IMPRESSIONS +
  PROMOTIONS;
const AT_ONCE = 8;
const TEST_TIMEOUT_MS = 400_000;
const ARRIVE_WITHIN_MS = 180_000;

let broker: Broker;
let bridge: KafkaBridge;
let recorder: Recorder;
let server: Server;
const clients = new Map<string, Skein>();
const ids = new Map<string, string>();

beforeAll(async () => {
  broker = await Broker.start();
  bridge = await startBridgeTo(broker, credentials);
  recorder = await startRecorder(bridge.url);
  server = await startServer({
    CELEBRITY_THRESHOLD: String(THRESHOLD),
    EXPORT: "kafka",
    KAFKA_REST_URL: recorder.url,
    KAFKA_REST_USERNAME: credentials.username,
    KAFKA_REST_PASSWORD: credentials.password,
    KAFKA_TOPIC: TOPIC,
  });
}, TEST_TIMEOUT_MS);
afterAll(async () => {
  await server.close();
  recorder.close();
  await bridge.close();
  await broker.stop();
}, TEST_TIMEOUT_MS);

/** The client of an account, whose answers are checked against the contract. */
function as(handle: string): Skein {
  const client = clients.get(handle);
  if (client === undefined) throw new Error(`nobody is called ${handle}`);
  return client;
}

async function signIn(handle: string): Promise<void> {
  const settings = { url: server.url, fetch: server.send };
  const administration = new SkeinAdministration({ ...settings, token: server.adminToken });
  const { token, user } = orThrow(await administration.mintToken(handle));
  clients.set(handle, new Skein({ ...settings, token }));
  ids.set(handle, user.id);
}

/** Runs `count` pieces of work, a few at a time. */
async function withWorkers(count: number, work: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** The content of an event as text, without the id, version and time. */
function contentOf(event: Event): string {
  switch (event.type) {
    case "post":
    case "delete":
      return `${event.type} ${event.author} ${event.post}`;
    case "edge":
      return `edge ${event.follower} ${event.followee} ${event.following}`;
    case "reaction":
      return `${event.kind} ${event.actor} ${event.post} ${event.active}`;
    case "impressions":
      return `impressions ${event.viewer} ${JSON.stringify(event.items)}`;
    case "promotion":
      return `promotion ${event.author} ${event.mode}`;
  }
}

/** Reads all events, as a consumer that does not depend on Skein. */
async function consume(): Promise<{ key: string; event: Event }[]> {
  const records = await broker.read(TOPIC);
  return records.map((record) => ({ key: record.key, event: eventIn(record) }));
}

async function postBy(author: string, text: string): Promise<string> {
  return orThrow(await as(author).createPost({ text })).id;
}

/** Waits until a consumer has read all of these events. */
async function expectToArrive(expected: ReadonlySet<string>): Promise<void> {
  await vi.waitFor(
    async () => {
      await server.sweep();
      const read = new Set((await consume()).map(({ event }) => contentOf(event)));
      expect([...expected].filter((one) => !read.has(one))).toEqual([]);
    },
    { timeout: ARRIVE_WITHIN_MS, interval: 1_000 },
  );
}

/** Expects that `npm run rank:log` turns events into a valid training log. */
async function expectToMakeTrainingLog(events: readonly Event[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "skein-events-"));
  const [file, log] = [join(folder, "events.jsonl"), join(folder, "log.jsonl")];
  await writeFile(file, events.map((event) => JSON.stringify(event)).join("\n"));
  await execa("node", ["scripts/rank-log.ts", "--events", file, "--out", log], {
    preferLocal: true,
  });
  const lines = (await readFile(log, "utf8")).trimEnd().split("\n").map(parseLogLine);
  expect(lines.flatMap((line) => (line.ok ? [] : [line.error]))).toEqual([]);
  expect(lines).toHaveLength(IMPRESSIONS);
  await rm(folder, { recursive: true });
}

describe("exported events", { timeout: TEST_TIMEOUT_MS }, () => {
  const handles = Array.from({ length: ACCOUNTS }, (_, n) => `account_${n}`);
  const handle = (n: number) => handles[n % ACCOUNTS] ?? "";
  const id = (n: number) => ids.get(handle(n)) ?? "";

  it(`${EVENTS} of a run reach a consumer, each at least once and in order for each owner`, async () => {
    const expected = new Set<string>();
    await server.importLines(handles.map((one) => ({ user: { handle: one } })));
    await withWorkers(ACCOUNTS, (n) => signIn(handle(n)));
    for (let n = 0; n < ACCOUNTS; n++) {
      const followees = Array.from({ length: FOLLOWS_EACH }, (_, k) => n + k + 1);
      await server.importLines(followees.map((k) => ({ follow: [handle(n), handle(k)] })));
      for (const k of followees) expected.add(`edge ${id(n)} ${id(k)} true`);
    }
    await withWorkers(FANS, async (n) => {
      orThrow(await as(handle(n + 1)).followUser(`@${handle(0)}`));
      expected.add(`edge ${id(n + 1)} ${id(0)} true`);
    });
    expected.add(`promotion ${id(0)} pull`);
    await expectToArrive(expected);
    const posts: string[] = [];
    await withWorkers(POSTS, async (n) => {
      posts[n] = await postBy(handle(n), `post ${n}`);
      expected.add(`post ${id(n)} ${posts[n]}`);
    });
    await withWorkers(REACTIONS, async (n) => {
      const [kind, post = "", actor] = [
        n % 3 === 0 ? "repost" : "like",
        posts[n % POSTS],
        n * 7 + 1,
      ];
      // Each pair of an actor and a post occurs once.
      const skein = as(handle(actor));
      if (kind === "repost") orThrow(await skein.repostPost(post));
      else orThrow(await skein.likePost(post));
      expected.add(`${kind} ${id(actor)} ${post} true`);
    });
    await withWorkers(UNFOLLOWS, async (n) => {
      orThrow(await as(handle(n)).unfollowUser(`@${handle(n + 1)}`));
      expected.add(`edge ${id(n)} ${id(n + 1)} false`);
    });
    await withWorkers(LEAVING, async (n) => {
      const fan = n + FANS + 1;
      orThrow(await as(handle(fan)).unfollowUser(`@${handle(0)}`));
      expected.add(`edge ${id(fan)} ${id(0)} false`);
    });
    expected.add(`promotion ${id(0)} push`);
    await withWorkers(IMPRESSIONS, async (n) => {
      const items = [{ postId: posts[n] ?? "", dwellMs: n }];
      orThrow(await as(handle(n)).reportImpressions(items));
      expected.add(`impressions ${id(n)} ${JSON.stringify(items)}`);
    });
    await withWorkers(DELETES, async (n) => {
      orThrow(await as(handle(n)).deletePost(posts[n] ?? ""));
      expected.add(`delete ${id(n)} ${posts[n]}`);
    });
    expect(expected.size).toBe(EVENTS);
    await expectToArrive(expected);

    const read = await consume();
    expect(read.length).toBeGreaterThanOrEqual(EVENTS);
    for (const { key, event } of read) expect(key).toBe(ownerOf(event));
    // An event that is sent again keeps its id.
    expect(new Set(read.map(({ event }) => event.id)).size).toBe(EVENTS);
    expect(recorder.failed()).toBe(0);
    const produced = Map.groupBy(recorder.accepted, ({ key }) => key);
    const consumed = Map.groupBy(read, ({ key }) => key);
    expect([...consumed.keys()].sort()).toEqual([...produced.keys()].sort());
    for (const [key, records] of produced) {
      expect(consumed.get(key)?.map(({ event }) => event.id)).toEqual(
        records.map((record) => eventIn(record).id),
      );
    }
    await expectToMakeTrainingLog(read.map(({ event }) => event));
  });

  it("made while the endpoint is down arrive when it is back, and timelines work meanwhile", async () => {
    recorder.refuse(true);
    const expected = new Set<string>();
    await withWorkers(30, async (n) => {
      const post = await postBy(handle(0), `while the endpoint is down ${n}`);
      expected.add(`post ${id(0)} ${post}`);
    });
    await vi.waitFor(
      async () => {
        const timeline = as(handle(50)).readTimeline({ order: "latest", limit: 100 });
        const shown = orThrow(await timeline.page()).items.map((item) => item.post.text);
        expect(shown.filter((text) => text.startsWith("while the endpoint"))).toHaveLength(30);
      },
      { timeout: 60_000, interval: 100 },
    );
    await vi.waitFor(() => expect(recorder.failed()).toBeGreaterThan(0), { timeout: 60_000 });
    recorder.refuse(false);
    await expectToArrive(expected);
  });

  it("made while the broker hangs arrive when it resumes", async () => {
    const before = recorder.failed();
    broker.hang();
    const expected = new Set<string>();
    await withWorkers(30, async (n) => {
      const post = await postBy(handle(1), `while the broker hangs ${n}`);
      expected.add(`post ${id(1)} ${post}`);
    });
    await vi.waitFor(() => expect(recorder.failed()).toBeGreaterThan(before), { timeout: 60_000 });
    broker.resume();
    await expectToArrive(expected);
  });
});
