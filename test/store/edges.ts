/** Conformance of a store: the two sides of a follow edge. */
import { beforeEach, expect, it } from "vitest";
import type { Page, Store } from "../../db/store.ts";
import type { EdgePosition } from "../../feed/cursor.ts";
import { type UserId } from "../../feed/ids.ts";
import { FOLLOWING_MAX } from "../../feed/limits.ts";
import type { EdgesJob } from "../../feed/delivery/jobs.ts";
import type { MakeStore } from "./make-store.ts";
import {
  accounts,
  allJobs,
  countsOf,
  follow,
  newId,
  newJob,
  pair,
  T0_MS,
  idOf,
  jobOf,
} from "./fixtures.ts";

function edgesJob(follower: UserId, followees: UserId[]): EdgesJob {
  const id = idOf(follower);
  const rest = { part: 0, attempt: 0, timeline: "rebuild" as const, hint: null };
  return { v: 1, kind: "edges", id, follower, followees, ...rest };
}

/** Reads a list of edges to its end, page by page. */
async function pagesOf(
  store: Store,
  list: "followers" | "following",
  user: UserId,
  limit: number,
): Promise<UserId[][]> {
  const pages: UserId[][] = [];
  let after: EdgePosition | null = null;
  do {
    const page: Page<UserId, EdgePosition> = await store.graph[list](user, after, limit);
    pages.push(page.items);
    after = page.next;
  } while (after !== null);
  return pages;
}

export function edgeConformance(makeStore: MakeStore): void {
  let store: Store;
  beforeEach(async () => {
    store = await makeStore();
  });

  it("a new follow writes the edge, its job and the follower's count", async () => {
    const edge = await pair(store);
    const job = jobOf(edge.follower);
    const written = await store.graph.setEdge({ ...edge, following: true, nowMs: T0_MS }, job);
    const now = { ...edge, following: true, version: T0_MS };
    expect(written).toEqual({ ...now, changed: true });
    expect(await store.graph.edges([edge])).toEqual([now]);
    expect(await allJobs(store)).toEqual([job.id]);
    expect((await countsOf(store, edge.follower))?.following).toBe(1);
    // The job updates the followee's side later.
    expect((await countsOf(store, edge.followee))?.followers).toBe(0);
  });

  it("setting an edge to its current value writes nothing, and no job", async () => {
    const edge = await pair(store);
    const never = await store.graph.setEdge({ ...edge, following: false, nowMs: T0_MS }, newJob());
    expect(never).toMatchObject({ ...edge, following: false, changed: false });
    const first = await follow(store, { ...edge, nowMs: T0_MS });
    const jobs = await allJobs(store);
    const again = await store.graph.setEdge(
      { ...edge, following: true, nowMs: T0_MS + 5 },
      jobOf(edge.follower),
    );
    expect(again).toEqual({ ...first, changed: false });
    expect(await allJobs(store)).toEqual(jobs);
    expect(jobs).toHaveLength(1);
    expect(await countsOf(store, edge.follower)).toMatchObject({ following: 1 });
    expect(await countsOf(store, edge.followee)).toMatchObject({ followers: 1 });
  });

  it("every change of an edge gets a higher version, even when the clock goes back", async () => {
    const edge = await pair(store);
    const versions: number[] = [];
    for (const [index, atMs] of [0, 0, -50, 10, 5].entries()) {
      const following = index % 2 === 0;
      const written = await follow(store, { ...edge, following, nowMs: T0_MS + atMs });
      expect(written.following).toBe(following);
      expect(await countsOf(store, edge.follower)).toMatchObject({ following: following ? 1 : 0 });
      expect(await countsOf(store, edge.followee)).toMatchObject({ followers: following ? 1 : 0 });
      versions.push(written.version);
    }
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  });

  it("the followee's side ends at the newest version, in any order of changes and with repeats", async () => {
    const edges = await pair(store);
    const history = [true, false, true, false].map((following, n) => ({
      ...edges,
      following,
      version: T0_MS + n,
    }));
    for (const order of [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
      [2, 3, 0, 3, 1],
      [1, 2, 2, 0],
    ]) {
      const fresh = await pair(store);
      const versions = order.map((n) => ({ following: n % 2 === 0, version: T0_MS + n }));
      for (const version of versions) {
        await store.graph.applyEdges([{ ...fresh, ...version }], T0_MS);
      }
      const newest = versions.reduce((a, b) => (b.version > a.version ? b : a));
      const followers = (await store.graph.followers(fresh.followee, null, 10)).items;
      expect(followers).toEqual(newest.following ? [fresh.follower] : []);
      expect((await countsOf(store, fresh.followee))?.followers).toBe(followers.length);
    }
    for (const edge of history) await store.graph.applyEdges([edge], T0_MS);
    expect((await store.graph.followers(edges.followee, null, 10)).items).toEqual([]);
  });

  it("one call applies edges of many followers and followees, and an empty list changes nothing", async () => {
    const ids = await accounts(store, 12);
    const edges = ids.flatMap((follower) =>
      ids
        .filter((followee) => followee !== follower)
        .map((followee) => ({ follower, followee, following: true, version: T0_MS })),
    );
    await store.graph.applyEdges(edges, T0_MS);
    await store.graph.applyEdges(edges, T0_MS);
    await store.graph.applyEdges([], T0_MS);
    for (const id of ids) expect((await countsOf(store, id))?.followers).toBe(11);
  });

  it("an import writes follows with their jobs, and returns how many are new", async () => {
    const [a = "", b = "", c = ""] = await accounts(store, 3);
    await follow(store, { follower: a, followee: b, nowMs: T0_MS });
    const left = await follow(store, { follower: b, followee: c, nowMs: T0_MS });
    await follow(store, { follower: b, followee: c, following: false, nowMs: T0_MS });
    await store.outbox.done((await allJobs(store)).map((id) => ({ id, part: 0 })));
    const edges = [
      { follower: a, followee: b },
      { follower: a, followee: c },
      { follower: b, followee: c },
    ];
    const jobs = [edgesJob(a, [b, c]), edgesJob(b, [c])];
    expect(await store.graph.importEdges(edges, T0_MS, jobs)).toBe(2);
    expect(await allJobs(store)).toEqual(jobs.map((job) => job.id).sort());
    expect((await countsOf(store, a))?.following).toBe(2);
    expect((await countsOf(store, b))?.following).toBe(1);
    const [again] = await store.graph.edges([{ follower: b, followee: c }]);
    expect(again?.following).toBe(true);
    expect(again?.version).toBeGreaterThan(left.version + 1);
    const before = await store.graph.edges(edges);
    expect(await store.graph.importEdges(edges, T0_MS + 9, [])).toBe(0);
    expect(await store.graph.edges(edges)).toEqual(before);
    expect((await countsOf(store, a))?.following).toBe(2);
  });

  it("edges that ever existed are returned, active or not, and others are left out", async () => {
    const [a = "", b = "", c = ""] = await accounts(store, 3);
    await follow(store, { follower: a, followee: b, nowMs: T0_MS });
    await follow(store, { follower: b, followee: a, nowMs: T0_MS });
    await follow(store, { follower: b, followee: a, following: false, nowMs: T0_MS + 1 });
    const queried = [
      { follower: a, followee: b },
      { follower: b, followee: a },
      { follower: a, followee: c },
      { follower: c, followee: a },
    ];
    const found = await store.graph.edges(queried);
    expect(new Map(found.map((edge) => [edge.follower, edge.following]))).toEqual(
      new Map([
        [a, true],
        [b, false],
      ]),
    );
    expect(found).toHaveLength(2);
    expect(await store.graph.edges([])).toEqual([]);
  });

  it("followers and followees are listed newest edge first, ties by account, on pages of any size", async () => {
    const [star = "", ...fans] = await accounts(store, 24);
    for (const [n, fan] of fans.entries()) {
      // Three edges share each millisecond.
      const nowMs = T0_MS + Math.floor(n / 3);
      await follow(store, { follower: fan, followee: star, nowMs });
      await follow(store, { follower: star, followee: fan, nowMs });
    }
    const [gone = ""] = fans;
    await follow(store, { follower: gone, followee: star, following: false, nowMs: T0_MS + 99 });
    await follow(store, { follower: star, followee: gone, following: false, nowMs: T0_MS + 99 });
    const expected = fans
      .map((fan, n) => ({ fan, n: Math.floor(n / 3) }))
      .filter(({ fan }) => fan !== gone)
      .sort((a, b) => b.n - a.n || (a.fan < b.fan ? 1 : -1))
      .map(({ fan }) => fan);
    for (const list of ["followers", "following"] as const) {
      for (const limit of [1, 5, 21, 22, 23, 100]) {
        const pages = await pagesOf(store, list, star, limit);
        expect(pages.flat()).toEqual(expected);
        expect(pages).toHaveLength(Math.ceil(22 / limit));
      }
    }
    const followees = await store.graph.followees(star);
    expect(followees.map(({ user }) => user).sort()).toEqual([...expected].sort());
    const [edge] = await store.graph.edges([{ follower: star, followee: expected[0] ?? "" }]);
    expect(followees.find(({ user }) => user === expected[0])?.version).toBe(edge?.version);
  });

  it("an account follows FOLLOWING_MAX others at most, by follows and imports at the same time", async () => {
    const [follower = ""] = await accounts(store, 1);
    const edgeTo = (followee: UserId) => ({ follower, followee });
    const next = () => edgeTo(newId(7));
    const room = 12;
    for (let left = FOLLOWING_MAX - room; left > 0; left -= 5_000) {
      const some = Array.from({ length: Math.min(5_000, left) }, next);
      await store.graph.importEdges(some, T0_MS, []);
    }
    const singles = Array.from({ length: 8 }, next);
    const imports = Array.from({ length: 3 }, () => Array.from({ length: 8 }, next));
    const [imported, written] = await Promise.all([
      Promise.all(imports.map((edges) => store.graph.importEdges(edges, T0_MS, []))),
      Promise.all(
        singles.map((edge) =>
          store.graph.setEdge({ ...edge, following: true, nowMs: T0_MS }, jobOf(follower)),
        ),
      ),
    ]);
    const added =
      imported.reduce((sum, n) => sum + n, 0) + written.filter((edge) => edge.changed).length;
    expect(added).toBe(room);
    expect(await countsOf(store, follower)).toMatchObject({ following: FOLLOWING_MAX });
    expect(await store.graph.followees(follower)).toHaveLength(FOLLOWING_MAX);
  });
}
