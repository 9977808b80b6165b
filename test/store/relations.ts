/** Conformance of a store: mutes and blocks. */
import { beforeEach, expect, it } from "vitest";
import type { Store } from "../../db/store.ts";
import { idBucket, type UserId } from "../../feed/ids.ts";
import type { MakeStore } from "./make-store.ts";
import { accounts, allJobs, countsOf, follow, newJob, T0_MS } from "./fixtures.ts";

export function relationConformance(makeStore: MakeStore): void {
  let store: Store;
  let ada: UserId;
  let bob: UserId;
  let cat: UserId;
  beforeEach(async () => {
    store = await makeStore();
    [ada = "", bob = "", cat = ""] = await accounts(store, 3);
  });

  const set = (kind: "mute" | "block", active: boolean, nowMs: number) => {
    const relation = { actor: ada, kind, target: bob, active, nowMs };
    return store.relations.setRelation(relation, newJob(idBucket(ada)));
  };

  it("a mute or block writes its job, and each change gets a higher version", async () => {
    const first = await set("mute", true, T0_MS);
    const mute = { actor: ada, kind: "mute", target: bob, active: true, version: T0_MS };
    expect(first).toEqual({ ...mute, changed: true });
    expect(await set("mute", true, T0_MS + 5)).toEqual({ ...mute, changed: false });
    expect(await set("mute", false, T0_MS - 5)).toMatchObject({
      active: false,
      changed: true,
      version: T0_MS + 1,
    });
    expect(await set("block", true, T0_MS)).toMatchObject({ kind: "block", version: T0_MS });
    expect(await allJobs(store)).toHaveLength(3);
    const byKind = (kind: string, other: string) => (kind < other ? -1 : 1);
    const all = await store.relations.relations(ada, null);
    expect(all.sort((a, b) => byKind(a.kind, b.kind))).toMatchObject([
      { kind: "block", target: bob, active: true },
      { kind: "mute", target: bob, active: false },
    ]);
    expect(await store.relations.relations(ada, [cat])).toEqual([]);
    expect(await store.relations.relations(ada, [cat, bob])).toHaveLength(2);
    expect(await store.relations.relations(bob, null)).toEqual([]);
  });

  it("a block undoes the follows both ways, and prevents new ones until it is lifted", async () => {
    const edges = [
      { follower: ada, followee: bob },
      { follower: bob, followee: ada },
    ];
    for (const edge of edges) await follow(store, { ...edge, nowMs: T0_MS });
    const block = await set("block", true, T0_MS + 1);
    await store.relations.applyBlock(block, T0_MS + 1);
    await store.relations.applyBlock(block, T0_MS + 2);
    const activeFollows = async () =>
      (await store.graph.edges(edges)).filter((edge) => edge.following).length;
    expect(await activeFollows()).toBe(0);
    expect([await countsOf(store, ada), await countsOf(store, bob)]).toMatchObject([
      { following: 0 },
      { following: 0 },
    ]);
    for (const edge of edges) {
      const refollow = { ...edge, following: true, nowMs: T0_MS + 9 };
      expect((await store.graph.setEdge(refollow, newJob())).following).toBe(false);
    }
    expect(await store.graph.importEdges(edges, T0_MS + 9, [])).toBe(0);
    const lifted = await set("block", false, T0_MS + 10);
    await store.relations.applyBlock(lifted, T0_MS + 10);
    // A late message of the block is older than its lifting.
    await store.relations.applyBlock(block, T0_MS + 11);
    for (const edge of edges) await follow(store, { ...edge, nowMs: T0_MS + 12 });
    expect(await activeFollows()).toBe(2);
  });
}
