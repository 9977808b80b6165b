/** Reposts of deleted posts: all of them are erased, whichever order things happen in. */
import pMap from "p-map";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { eraseJobSchema, type OutboxKey } from "../../feed/delivery/jobs.ts";
import type { Id, UserId } from "../../feed/ids.ts";
import { BUCKETS, ERASE_PAGE, JOB_ATTEMPTS_MAX, OUTBOX_DUE_MS } from "../../feed/limits.ts";
import type { Session } from "../../feed/wire.ts";
import { StoreUnavailable } from "../../db/store.ts";
import { FANOUT_BATCH } from "../../scripts/scale/calibration.ts";
import { dieAt } from "./steps.ts";
import { costsOf, installMeters } from "./meters.ts";
import { crowd, repostsLeft, SHARDS } from "./reposters.ts";
import { countRows } from "./state.ts";
import { type Held, World } from "./world.ts";

vi.setConfig({ testTimeout: 120_000 });

/** The statements that one invocation may send. */
const STATEMENTS_MAX = 1_000;
/** After this time every outbox row is due. */
const LATER_MS = 10 * 60 * OUTBOX_DUE_MS;

beforeAll(installMeters);
beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

/** A Skein with a shard for each bucket: a statement for each account. Two databases hold them all. */
function worldOnManyShards(): World {
  const many = Array.from({ length: BUCKETS }, (_, n) => [`DB_${n}`, SHARDS[n % 2]] as const);
  return new World(Object.fromEntries<D1Database | undefined>(many));
}

/** Reposts a post as accounts do, without the calls and messages of each. */
async function repostAll(world: World, post: Id, actors: readonly UserId[]): Promise<void> {
  const { deps } = world;
  const made = await pMap(
    actors,
    (actor) => {
      const entry = deps.newId(actor);
      const change = { actor, kind: "repost", post, active: true, entry } as const;
      return deps.store.reactions.setReaction({ ...change, nowMs: Date.now() }, []);
    },
    { concurrency: 10 },
  );
  await deps.store.reactions.applyReactions(made);
}

/** Deletes a post and takes the message of its erase job out of the queue. */
async function deleted(world: World, author: Session, post: Id): Promise<Held> {
  await world.call("DELETE", `/v1/posts/${post}`, { token: author.token });
  const erase = world.held.find(isErase);
  world.held = world.held.filter((held) => held !== erase);
  if (erase === undefined) throw new Error("a deletion sends an erase job");
  return erase;
}

function isErase({ body }: Held): boolean {
  return JSON.stringify(body).includes('"kind":"erase"');
}

describe("the reposts of a deleted post", () => {
  it("are erased to the end, in pages whose statements fit an invocation", async () => {
    const world = worldOnManyShards();
    const author = await world.account();
    const post = await world.post(author, "many will repost this");
    const letters = await countRows(world, "dead_letters");
    await repostAll(world, post, await crowd(world, ERASE_PAGE + 150));
    await world.drain();
    world.held = [await deleted(world, author, post)];
    let pages = 0;
    while (world.held.some(isErase)) {
      const erase = world.held.filter(isErase);
      world.held = [];
      const before = await repostsLeft(post);
      const costs = await costsOf(world, () => world.handOver(erase));
      expect(costs.d1Queries).toBeLessThan(STATEMENTS_MAX);
      expect(before - (await repostsLeft(post))).toBeLessThanOrEqual(ERASE_PAGE);
      pages++;
    }
    expect(pages).toBe(2);
    expect(await repostsLeft(post)).toBe(0);
    await world.drain();
    expect(await countRows(world, "reactors")).toBe(0);
    expect(await countRows(world, "dead_letters")).toBe(letters);
  });

  it("are erased within the statements of an invocation by a batch of twenty jobs", async () => {
    const world = worldOnManyShards();
    const author = await world.account();
    const actors = await crowd(world, 400);
    const erase: Held[] = [];
    for (let n = 0; n < FANOUT_BATCH; n++) {
      const post = await world.post(author, `number ${n}`);
      await repostAll(world, post, actors.slice(n * 20, n * 20 + 20));
      erase.push(await deleted(world, author, post));
    }
    await world.drain();
    const costs = await costsOf(world, () => world.handOver(erase));
    expect(costs.d1Queries).toBeGreaterThan(STATEMENTS_MAX / 2);
    expect(costs.d1Queries).toBeLessThan(STATEMENTS_MAX);
    await world.drain();
    expect(await countRows(world, "reactors")).toBe(0);
  });

  it("are erased to the end though a page's message is lost, each page with all attempts of a job", async () => {
    const world = new World();
    const author = await world.account();
    const post = await world.post(author, "hello");
    await repostAll(world, post, await crowd(world, ERASE_PAGE + 20));
    await world.drain();
    const { body } = await deleted(world, author, post);
    const job = { ...eraseJobSchema.parse(body), attempt: JOB_ATTEMPTS_MAX - 1 };
    await world.handOver([{ body: job }]);
    const rest = eraseJobSchema.parse(world.held.find(isErase)?.body);
    expect(rest).toMatchObject({ id: job.id, part: job.part, attempt: 0 });
    expect(await repostsLeft(post)).toBe(20);
    world.loseMessages();
    await world.sweep(10 * OUTBOX_DUE_MS);
    await world.drain();
    expect(await repostsLeft(post)).toBe(0);
    expect(await waits(world, job)).toBe(false);
  });

  it("are erased when one of them is written while the post is being deleted", async () => {
    const world = new World();
    const [author, reposter] = [await world.account(), await world.account()];
    const post = await world.post(author, "hello");
    await world.drain();
    await world.call("PUT", `/v1/posts/${post}/repost`, { token: reposter.token });
    const ofRepost = world.held.splice(0);
    // The deletion's own job runs before the repost is known at the post's side.
    await world.call("DELETE", `/v1/posts/${post}`, { token: author.token });
    await world.drain();
    expect(await repostsLeft(post)).toBe(1);
    world.held = ofRepost;
    await world.drain();
    expect(await repostsLeft(post)).toBe(0);
    expect(await world.scroll(reposter)).toEqual([]);
    // A repeated message brings nothing back for good.
    world.held = ofRepost;
    await world.drain();
    expect(await countRows(world, "reactors")).toBe(0);
  });

  it.each(["repost", "erase"] as const)(
    "are erased at whichever step the consumer of their %s job dies",
    async (step) => {
      for (let index = 0, died = true; died; index++) {
        const world = new World();
        const { author, readers } = await world.audience(1);
        const [reader] = readers;
        const reposter = await world.account();
        if (reader === undefined) throw new Error("one was made");
        await world.follow(reader, reposter);
        const post = await world.post(author, "hello");
        await world.call("PUT", `/v1/posts/${post}/repost`, { token: reposter.token });
        if (step === "erase") await world.drain();
        const ofRepost = world.held.splice(0);
        await world.call("DELETE", `/v1/posts/${post}`, { token: author.token });
        if (step === "repost") await world.drain();
        const held = step === "repost" ? ofRepost : world.held.splice(0);
        died = await dieAt(world, index, () => world.handOver(held));
        world.loseMessages();
        await world.sweep(LATER_MS);
        await world.drain();
        expect(await repostsLeft(post), `dies at ${index}`).toBe(0);
        expect(await world.scroll(reader), `dies at ${index}`).toEqual([]);
      }
    },
  );

  it("are linked by their own jobs alone: a like beside them is counted while the original's shard is down", async () => {
    const world = new World();
    const [author, actor] = [await world.account(), await world.account()];
    const [post, other] = [await world.post(author, "one"), await world.post(author, "other")];
    await world.drain();
    await world.call("PUT", `/v1/posts/${post}/repost`, { token: actor.token });
    await world.call("PUT", `/v1/posts/${other}/like`, { token: actor.token });
    const down = vi
      .spyOn(world.deps.store.reactions, "applyReactions")
      .mockRejectedValue(new StoreUnavailable("the shard is down"));
    await world.handOver(world.held.splice(0));
    expect(await world.env.POST_COUNTER.getByName(other).read()).toMatchObject({ likes: 1 });
    expect(world.held.map(({ body }) => body)).toMatchObject([{ kind: "tally", attempt: 1 }]);
    down.mockRestore();
    await world.drain();
    expect(await world.deps.store.reactions.repostsOf(post, null, 10)).toHaveLength(1);
  });

  it("are erased though the job of an undone repost arrives last", async () => {
    const world = new World();
    const [author, reposter] = [await world.account(), await world.account()];
    const post = await world.post(author, "hello");
    await world.drain();
    const path = `/v1/posts/${post}/repost`;
    await world.call("PUT", path, { token: reposter.token });
    await world.call("DELETE", path, { token: reposter.token });
    await world.call("PUT", path, { token: reposter.token });
    await world.drain({ shuffle: (messages) => messages.toReversed() });
    await world.call("DELETE", `/v1/posts/${post}`, { token: author.token });
    await world.drain();
    expect(await repostsLeft(post)).toBe(0);
  });
});

async function waits(world: World, { id, part }: OutboxKey): Promise<boolean> {
  const counts = await Promise.all(
    [world.env.DB_0, world.env.DB_1].map((shard) =>
      shard
        .prepare("SELECT count(*) AS n FROM outbox WHERE id = ? AND part = ?")
        .bind(id, part)
        .first<number>("n"),
    ),
  );
  return counts.some((n) => n !== 0);
}
