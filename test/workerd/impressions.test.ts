/** Impressions, from the report to the timeline's engagement history and the training log. */
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { StoreUnavailable } from "../../db/store.ts";
import type { EngagementHistory } from "../../feed/rank/engagement-history.ts";
import { DWELL_MAX_MS, IMPRESSIONS_MAX_ITEMS } from "../../feed/limits.ts";
import { BEGINNING, idCeiling } from "../../feed/ids.ts";
import type { Problem, Session } from "../../feed/wire.ts";
import { countingLimit } from "./doubles.ts";
import { countRows } from "./state.ts";
import { World } from "./world.ts";
import { waitingJobs } from "../all-shards.ts";

/** Makes a reader and two authors whose posts the reader was shown. */
async function scene(world = new World()) {
  const [ada, bob, cyd] = [await world.account(), await world.account(), await world.account()];
  for (const author of [ada, bob]) await world.follow(cyd, author);
  const posts = { ada: await world.post(ada, "hers"), bob: await world.post(bob, "his") };
  await world.drain();
  await world.scroll(cyd);
  return { world, ada, bob, cyd, posts };
}

function report<T = unknown>(world: World, { token }: Session, items: unknown[]) {
  return world.call<T>("POST", "/v1/timeline/impressions", { token, body: { items } });
}

/** The engagement history that a reader's timeline stores. */
function historyOf(world: World, reader: Session): Promise<EngagementHistory | null> {
  return runInDurableObject(world.home(reader), (_, { storage }) => {
    const rows = storage.sql.exec<{ attention: string }>("SELECT attention FROM viewer").toArray();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as the timeline wrote it
    return rows[0] === undefined ? null : (JSON.parse(rows[0].attention) as EngagementHistory);
  });
}

/** The reports of a reader in the training log. */
async function logOf(world: World, { user }: Session) {
  const log = await world.deps.training.impressionsOf(user.id, BEGINNING, idCeiling(Date.now()));
  return log.map((row) => row.items);
}

describe("a report of impressions", () => {
  it("is accepted at once and reaches the timeline and the log through the queue", async () => {
    const { world, ada, bob, cyd, posts } = await scene();
    const items = [
      { postId: posts.ada, dwellMs: 1_200, opened: true },
      { postId: posts.bob, dwellMs: 300 },
      { postId: posts.ada },
    ];
    expect((await report(world, cyd, items)).status).toBe(202);
    expect(world.held).toHaveLength(1);
    expect(await logOf(world, cyd)).toEqual([]);

    const beforeMs = Date.now();
    await world.drain();
    const known = await historyOf(world, cyd);
    expect(new Map(known?.posts)).toEqual(
      new Map([
        [posts.ada, { times: 2, dwellMs: 1_200, opened: true }],
        [posts.bob, { times: 1, dwellMs: 300, opened: false }],
      ]),
    );
    const affinities = new Map(known?.authors);
    expect(affinities.get(ada.user.id)).toMatchObject({ seen: 2, dwellMs: 1_200, opens: 1 });
    expect(affinities.get(bob.user.id)).toMatchObject({ seen: 1, dwellMs: 300, opens: 0 });
    expect(affinities.get(ada.user.id)?.atMs).toBeGreaterThanOrEqual(beforeMs);
    expect(await logOf(world, cyd)).toEqual([items]);
  });

  it("whose message arrives twice, at once or after others, is counted and stored once", async () => {
    const { world, ada, cyd, posts } = await scene();
    await report(world, cyd, [{ postId: posts.ada, dwellMs: 100 }]);
    const [message] = world.held;
    if (message === undefined) throw new Error("a message was sent");
    await world.drain({ duplicate: () => true });
    await report(world, cyd, [{ postId: posts.ada, dwellMs: 50, opened: true }]);
    await world.drain();
    await world.evict(cyd);
    await world.handOver([message, message]);
    const known = await historyOf(world, cyd);
    expect(known?.posts).toEqual([[posts.ada, { times: 2, dwellMs: 150, opened: true }]]);
    const [affinity] = known?.authors ?? [];
    expect(affinity?.[0]).toBe(ada.user.id);
    // The first report has faded by the milliseconds between the two.
    expect(affinity?.[1].seen).toBeCloseTo(2, 3);
    expect(await logOf(world, cyd)).toEqual([
      [{ postId: posts.ada, dwellMs: 100 }],
      [{ postId: posts.ada, dwellMs: 50, opened: true }],
    ]);
  });

  it("that fails half-way is retried and counted once", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const { world, cyd, posts } = await scene();
    await report(world, cyd, [{ postId: posts.bob }]);
    const failing = vi
      .spyOn(world.deps.homes, "call")
      .mockRejectedValueOnce(new StoreUnavailable("between the log and the timeline"));
    await world.drain();
    failing.mockRestore();
    expect((await historyOf(world, cyd))?.posts).toEqual([
      [posts.bob, { times: 1, dwellMs: 0, opened: false }],
    ]);
    expect(await logOf(world, cyd)).toEqual([[{ postId: posts.bob }]]);
    expect(await waitingJobs(world.deps.store)).toBe(0);
  });

  it("survives a rebuild of the timeline, which alone stores it", async () => {
    const { world, cyd, posts } = await scene();
    await report(world, cyd, [{ postId: posts.bob }]);
    await world.drain();
    const before = await historyOf(world, cyd);
    await world.home(cyd).forget();
    await world.scroll(cyd);
    expect(before?.posts).toHaveLength(1);
    expect(await historyOf(world, cyd)).toEqual(before);
  });

  it("of unknown posts is stored and changes no affinity", async () => {
    const { world, cyd } = await scene();
    const unknown = "00000000000000ZZ";
    expect((await report(world, cyd, [{ postId: unknown, dwellMs: 5 }])).status).toBe(202);
    await world.drain();
    const known = await historyOf(world, cyd);
    expect(known?.posts).toEqual([[unknown, { times: 1, dwellMs: 5, opened: false }]]);
    expect(known?.authors).toEqual([]);
  });

  it("holds up to a hundred items with up to a day of dwell each", async () => {
    const { world, cyd, posts } = await scene();
    const item = { postId: posts.ada, dwellMs: DWELL_MAX_MS };
    const most = Array.from({ length: IMPRESSIONS_MAX_ITEMS }, () => item);
    expect((await report(world, cyd, most)).status).toBe(202);
    await world.drain();
    expect((await historyOf(world, cyd))?.posts).toEqual([
      [posts.ada, { times: 100, dwellMs: 100 * DWELL_MAX_MS, opened: false }],
    ]);
  });

  it("with one bad item is refused whole: nothing is sent, counted or stored", async () => {
    const { world, cyd, posts } = await scene();
    const good = { postId: posts.ada, dwellMs: 1 };
    const before = [await historyOf(world, cyd), await countRows(world, "impressions"), world.sent];
    for (const bad of [{ dwellMs: 1 }, { ...good, dwellMs: DWELL_MAX_MS + 1 }, { ...good, x: 1 }]) {
      const { status, body } = await report<Problem>(world, cyd, [good, bad]);
      expect([status, body.code]).toEqual([400, "invalid_request"]);
      expect(body.errors?.every(({ path }) => path.startsWith("items.1."))).toBe(true);
    }
    const tooMany = Array.from({ length: IMPRESSIONS_MAX_ITEMS + 1 }, () => good);
    expect((await report(world, cyd, tooMany)).status).toBe(400);
    await world.drain();
    const after = [await historyOf(world, cyd), await countRows(world, "impressions"), world.sent];
    expect(after).toEqual(before);
  });

  it("counts against the rate limit of writes", async () => {
    const limit = countingLimit(1);
    const { world, cyd, posts } = await scene();
    const limited = new World({ LIMIT_WRITES: limit, RATE_LIMITS: "on" });
    expect((await report(limited, cyd, [{ postId: posts.ada }])).status).toBe(202);
    const refused = await report(limited, cyd, [{ postId: posts.ada }]);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "60"]);
    expect(limit.keys).toEqual([cyd.user.id, cyd.user.id]);
    await limited.drain();
    expect(await logOf(world, cyd)).toEqual([[{ postId: posts.ada }]]);
  });
});
