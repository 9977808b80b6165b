/** Impressions, from the report to the timeline's engagement history. */
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { StoreUnavailable } from "../../db/store.ts";
import type { RankingContext } from "../../durable-objects/home-timeline/timeline-view.ts";
import type { Impression } from "../../feed/delivery/jobs.ts";
import {
  DWELL_MAX_MS,
  ENGAGEMENT_FOLD_ENTRIES,
  ENGAGEMENT_RING_ENTRIES,
  IMPRESSIONS_MAX_ITEMS,
} from "../../feed/limits.ts";
import { makeId } from "../../feed/ids.ts";
import { NO_HISTORY } from "../../feed/rank/engagement-history.ts";
import type { Problem, Session } from "../../feed/wire.ts";
import { recordReport } from "../../workers/engagement/record-report.ts";
import { UNDO_SINCE_HUBS } from "./older-timelines.ts";
import { countingLimit } from "./doubles.ts";
import { World } from "./world.ts";

/** Makes a reader and two authors whose posts the reader was shown. */
async function scene(world = new World()) {
  const [ada, bob, cyd] = [await world.account(), await world.account(), await world.account()];
  for (const author of [ada, bob]) await world.follow(cyd, author);
  const posts = { ada: await world.post(ada, "hers"), bob: await world.post(bob, "his") };
  await world.drain();
  await world.scroll(cyd);
  const engagement = () => engagementOf(world, cyd, Object.values(posts), [ada, bob]);
  return { world, ada, bob, cyd, posts, engagement };
}

type Scene = Awaited<ReturnType<typeof scene>>;

function report<T = unknown>(world: World, { token }: Session, items: unknown[]) {
  return world.call<T>("POST", "/v1/timeline/impressions", { token, body: { items } });
}

/** The reader's engagement with posts and people, as ranking reads it. */
async function engagementOf(
  world: World,
  reader: Session,
  posts: readonly string[],
  people: readonly Session[],
): Promise<Pick<RankingContext, "seen" | "viewer">> {
  const ids = people.map(({ user }) => user.id);
  return world.home(reader).rankingContext([...posts], ids);
}

/** Records reports one after the other, each of one post. */
async function fill({ world, cyd }: Scene, count: number, post: string): Promise<void> {
  for (let n = 0; n < count; n++) {
    const id = world.deps.newId(cyd.user.id);
    await recorded(world, { id, viewer: cyd.user.id, items: [{ postId: post, dwellMs: n }] });
  }
}

/** Records a report, with what follows from it. */
async function recorded(
  world: World,
  made: { id: string; viewer: string; items: Impression[] },
): Promise<void> {
  const rest: Promise<void>[] = [];
  await recordReport(world.deps, made, null, (work) => rest.push(work));
  await Promise.all(rest);
}

/** What the reader's object has stored: the history, and how far it goes. */
function stored(world: World, reader: Session) {
  return runInDurableObject(world.home(reader), (_, { storage }) => ({
    history: storage.sql.exec<{ attention: string }>("SELECT attention FROM viewer").one()
      .attention,
    folded: storage.sql.exec<{ folded: number }>("SELECT folded FROM viewer").one().folded,
  }));
}

/** Makes statements fail once they have run. @returns what ends that */
function failAfter(sql: SqlStorage, statement: string): () => void {
  const prototype: unknown = Object.getPrototypeOf(sql);
  const real: unknown = Reflect.get(sql, "exec");
  if (typeof real !== "function") throw new Error("SQL is executed");
  const failing = function (this: SqlStorage, query: string, ...values: unknown[]): unknown {
    const answer: unknown = Reflect.apply(real, this, [query, ...values]);
    if (query.includes(statement)) throw new Error("the machine stops here");
    return answer;
  };
  Object.assign(Object(prototype), { exec: failing });
  return () => void Object.assign(Object(prototype), { exec: real });
}

describe("a report of impressions", () => {
  it("is in the timeline once it is answered, in one row and with no message", async () => {
    const { world, ada, bob, cyd, posts, engagement } = await scene();
    const items = [
      { postId: posts.ada, dwellMs: 1_200, opened: true },
      { postId: posts.bob, dwellMs: 300 },
      { postId: posts.ada },
    ];
    const beforeMs = Date.now();
    expect((await report(world, cyd, items)).status).toBe(202);
    expect(world.held).toHaveLength(0);
    await world.evict(cyd);
    const { seen, viewer } = await engagement();
    expect(seen).toEqual({
      [posts.ada]: { times: 2, dwellMs: 1_200, opened: true },
      [posts.bob]: { times: 1, dwellMs: 300, opened: false },
    });
    const [hers, his] = [viewer.authors[ada.user.id], viewer.authors[bob.user.id]];
    expect(hers).toMatchObject({ seen: 2, dwellMs: 1_200, opens: 1 });
    expect(his).toMatchObject({ seen: 1, dwellMs: 300, opens: 0 });
    expect(hers?.atMs).toBeGreaterThanOrEqual(beforeMs);
    expect((await stored(world, cyd)).history).toBe("{}");
  });

  it("that an earlier version queued is recorded once, however often its message arrives", async () => {
    const { world, ada, cyd, posts, engagement } = await scene();
    const id = world.deps.newId(cyd.user.id);
    const items = [{ postId: posts.ada, dwellMs: 100 }];
    const job = { v: 1, kind: "impressions", id, part: 2 ** 33, attempt: 0 };
    const message = { body: { ...job, viewer: cyd.user.id, items } };
    await world.handOver([message, message]);
    await report(world, cyd, [{ postId: posts.ada, dwellMs: 50, opened: true }]);
    await world.evict(cyd);
    await world.handOver([message]);
    const { seen, viewer } = await engagement();
    expect(seen[posts.ada]).toEqual({ times: 2, dwellMs: 150, opened: true });
    // The first report has faded by the milliseconds between the two.
    expect(viewer.authors[ada.user.id]?.seen).toBeCloseTo(2, 3);
  });

  it("is refused while its timeline does not answer, and counts once it is sent again", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const { world, cyd, posts, engagement } = await scene();
    const failing = vi
      .spyOn(world.deps.homes, "call")
      .mockRejectedValueOnce(new StoreUnavailable("no timeline today"));
    expect((await report(world, cyd, [{ postId: posts.bob }])).status).toBe(503);
    failing.mockRestore();
    expect((await report(world, cyd, [{ postId: posts.bob }])).status).toBe(202);
    expect((await engagement()).seen).toEqual({
      [posts.bob]: { times: 1, dwellMs: 0, opened: false },
    });
  });

  it("survives a rebuild of the timeline, which alone stores it", async () => {
    const { world, cyd, posts, engagement } = await scene();
    await report(world, cyd, [{ postId: posts.bob }]);
    const before = await engagement();
    await world.home(cyd).forget();
    await world.scroll(cyd);
    expect(before.seen[posts.bob]?.times).toBe(1);
    const after = await engagement();
    expect(after.seen).toEqual(before.seen);
    expect(after.viewer.authors).toEqual(before.viewer.authors);
  });

  it("of unknown posts is stored and changes no affinity", async () => {
    const { world, cyd } = await scene();
    const unknown = "00000000000000ZZ";
    expect((await report(world, cyd, [{ postId: unknown, dwellMs: 5 }])).status).toBe(202);
    const { seen, viewer } = await engagementOf(world, cyd, [unknown], []);
    expect(seen).toEqual({ [unknown]: { times: 1, dwellMs: 5, opened: false } });
    expect(viewer.overall.seen).toBe(0);
  });

  it("of a pulled author's post counts for the author at once", async () => {
    const { world, cyd } = await scene();
    const dan = await world.account();
    await world.home(cyd).setEpoch(dan.user.id, { epoch: 1 });
    const pulled = await world.post(dan, "from elsewhere");
    await report(world, cyd, [{ postId: pulled, dwellMs: 7 }]);
    await world.evict(cyd);
    const { viewer } = await engagementOf(world, cyd, [pulled], [dan]);
    expect(viewer.authors[dan.user.id]).toMatchObject({ seen: 1, dwellMs: 7 });
  });

  it("holds up to a hundred items with up to a day of dwell each", async () => {
    const { world, cyd, posts, engagement } = await scene();
    const item = { postId: posts.ada, dwellMs: DWELL_MAX_MS };
    const most = Array.from({ length: IMPRESSIONS_MAX_ITEMS }, () => item);
    expect((await report(world, cyd, most)).status).toBe(202);
    expect((await engagement()).seen).toEqual({
      [posts.ada]: { times: 100, dwellMs: 100 * DWELL_MAX_MS, opened: false },
    });
  });

  it("with one bad item is refused whole: nothing is recorded", async () => {
    const { world, cyd, posts, engagement } = await scene();
    const good = { postId: posts.ada, dwellMs: 1 };
    for (const bad of [{ dwellMs: 1 }, { ...good, dwellMs: DWELL_MAX_MS + 1 }, { ...good, x: 1 }]) {
      const { status, body } = await report<Problem>(world, cyd, [good, bad]);
      expect([status, body.code]).toEqual([400, "invalid_request"]);
      expect(body.errors?.every(({ path }) => path.startsWith("items.1."))).toBe(true);
    }
    const tooMany = Array.from({ length: IMPRESSIONS_MAX_ITEMS + 1 }, () => good);
    expect((await report(world, cyd, tooMany)).status).toBe(400);
    expect((await engagement()).seen).toEqual({});
  });

  it("counts against the rate limit of writes", async () => {
    const limit = countingLimit(1);
    const { cyd, posts, engagement } = await scene();
    const limited = new World({ LIMIT_WRITES: limit, RATE_LIMITS: "on" });
    expect((await report(limited, cyd, [{ postId: posts.ada }])).status).toBe(202);
    const refused = await report(limited, cyd, [{ postId: posts.ada }]);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "60"]);
    expect(limit.keys).toEqual([cyd.user.id, cyd.user.id]);
    expect((await engagement()).seen[posts.ada]?.times).toBe(1);
  });
});

describe("a full ring", () => {
  it("is folded into the history, with the authors of posts that the window never had", async () => {
    const made = await scene();
    const { world, cyd } = made;
    const dan = await world.account();
    const pulled = await world.post(dan, "from elsewhere");
    await world.drain();
    await fill(made, ENGAGEMENT_FOLD_ENTRIES - 1, pulled);
    expect((await stored(world, cyd)).folded).toBe(0);
    await fill(made, 1, pulled);
    expect((await stored(world, cyd)).folded).toBe(ENGAGEMENT_FOLD_ENTRIES);
    await world.evict(cyd);
    const { seen, viewer } = await engagementOf(world, cyd, [pulled], [dan]);
    expect(seen[pulled]?.times).toBe(ENGAGEMENT_FOLD_ENTRIES);
    expect(viewer.authors[dan.user.id]?.seen).toBeCloseTo(ENGAGEMENT_FOLD_ENTRIES, 1);
  });

  it("whose fold fails amid its writes loses no report and counts none twice", async () => {
    const made = await scene();
    const { world, cyd, posts, engagement } = made;
    await fill(made, ENGAGEMENT_FOLD_ENTRIES - 1, posts.ada);
    const id = world.deps.newId(cyd.user.id);
    const last = { id, viewer: cyd.user.id, items: [{ postId: posts.ada }] };
    const restore = await runInDurableObject(world.home(cyd), (_, { storage }) =>
      failAfter(storage.sql, "INSERT INTO viewer"),
    );
    await expect(recorded(world, last)).rejects.toThrow("the machine stops here");
    restore();
    expect((await stored(world, cyd)).folded).toBe(0);
    expect((await engagement()).seen[posts.ada]?.times).toBe(ENGAGEMENT_FOLD_ENTRIES - 1);
    await world.evict(cyd);
    for (let again = 0; again < 2; again++) await recorded(world, last);
    expect((await stored(world, cyd)).folded).toBe(ENGAGEMENT_FOLD_ENTRIES);
    expect((await engagement()).seen[posts.ada]?.times).toBe(ENGAGEMENT_FOLD_ENTRIES);
    await world.evict(cyd);
    // It is folded, and still remembered.
    await recorded(world, last);
    expect((await engagement()).seen[posts.ada]?.times).toBe(ENGAGEMENT_FOLD_ENTRIES);
  });

  it("waits for a store that is down, and counts every report when the store never comes back", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    const made = await scene();
    const { world, cyd } = made;
    const dan = await world.account();
    const pulled = await world.post(dan, "from elsewhere");
    await world.drain();
    const down = vi
      .spyOn(world.deps.store.posts, "byIds")
      .mockRejectedValue(new StoreUnavailable("down"));
    await fill(made, ENGAGEMENT_RING_ENTRIES, pulled);
    expect((await stored(world, cyd)).folded).toBe(0);
    await fill(made, 1, pulled);
    expect((await stored(world, cyd)).folded).toBe(ENGAGEMENT_RING_ENTRIES);
    down.mockRestore();
    await fill(made, ENGAGEMENT_FOLD_ENTRIES, pulled);
    const total = ENGAGEMENT_RING_ENTRIES + 1 + ENGAGEMENT_FOLD_ENTRIES;
    await world.evict(cyd);
    const { seen, viewer } = await engagementOf(world, cyd, [pulled], [dan]);
    expect(seen[pulled]?.times).toBe(total);
    // Those that were folded without traits count for no author, and neither does the last one yet.
    expect(viewer.authors[dan.user.id]?.seen).toBeCloseTo(ENGAGEMENT_FOLD_ENTRIES, 1);
  });

  it("that two consumers fold at once is folded once", async () => {
    const made = await scene();
    const { world, cyd, posts, engagement } = made;
    await fill(made, 10, posts.ada);
    const home = world.home(cyd);
    await Promise.all([home.foldEngagement(10, new Map()), home.foldEngagement(10, new Map())]);
    expect((await stored(world, cyd)).folded).toBe(10);
    expect((await engagement()).seen[posts.ada]?.times).toBe(10);
  });
});

describe("an engagement history from before the ring", () => {
  it("is read, and grows with each new report", async () => {
    const { world, ada, cyd, posts, engagement } = await scene();
    const liked = { seen: 7, dwellMs: 5, opens: 0, likes: 3, reposts: 0, replies: 0 };
    const old = {
      ...NO_HISTORY,
      posts: Array.from({ length: 2_000 }, (_, n) => [
        n === 1_999 ? posts.ada : makeId(n + 1, 0, 0),
        { times: 2, dwellMs: 40, opened: false },
      ]),
      authors: [[ada.user.id, { ...liked, atMs: Date.now() }]],
      reports: ["an earlier report"],
    };
    await runInDurableObject(world.home(cyd), (_, { storage }) => {
      storage.sql.exec("DROP TABLE engagement_ring");
      storage.sql.exec("DROP TABLE log_hours");
      storage.sql.exec("DROP TABLE log_key");
      storage.sql.exec("ALTER TABLE viewer DROP COLUMN folded");
      storage.sql.exec(UNDO_SINCE_HUBS);
      storage.sql.exec("DELETE FROM migrations WHERE id >= 6");
      storage.sql.exec("UPDATE viewer SET attention = ?", JSON.stringify(old));
    });
    await world.evict(cyd);
    await report(world, cyd, [{ postId: posts.ada, dwellMs: 2 }]);
    const id = "an earlier report";
    await recorded(world, { id, viewer: cyd.user.id, items: [{ postId: posts.ada }] });
    const check = async () => {
      const { seen, viewer } = await engagement();
      expect(seen[posts.ada]).toEqual({ times: 3, dwellMs: 42, opened: false });
      expect(viewer.authors[ada.user.id]?.seen).toBeCloseTo(8, 2);
      expect(viewer.authors[ada.user.id]?.likes).toBeCloseTo(3, 2);
    };
    await check();
    await world.home(cyd).foldEngagement(1, new Map());
    await world.evict(cyd);
    await check();
  });
});
