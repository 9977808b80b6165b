/** Conformance of a store: mutes and blocks. */
import pMap from "p-map";
import { beforeEach, expect, it } from "vitest";
import { RELATIONS_PER_PART } from "../../db/store/relations.ts";
import type { Page, Relation, Store } from "../../db/store.ts";
import { type UserId } from "../../feed/ids.ts";
import type { MakeStore } from "./make-store.ts";
import { accounts, allJobs, countsOf, follow, newId, newJob, T0_MS, jobOf } from "./fixtures.ts";

/** Reads all parts; a relation that is in two of them counts once. */
async function allRelations(store: Store, actor: UserId): Promise<Relation[]> {
  const found = new Map<string, Relation>();
  let after: string | null = null;
  do {
    const part: Page<Relation, string> = await store.relations.allRelations(actor, after);
    for (const relation of part.items) found.set(`${relation.kind} ${relation.target}`, relation);
    after = part.next;
  } while (after !== null);
  return [...found.values()];
}

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
    return store.relations.setRelation(relation, jobOf(ada));
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
    const all = await allRelations(store, ada);
    expect(all.sort((a, b) => byKind(a.kind, b.kind))).toMatchObject([
      { kind: "block", target: bob, active: true },
      { kind: "mute", target: bob, active: false },
    ]);
    expect(await store.relations.relations(ada, [cat])).toEqual([]);
    expect(await store.relations.relations(ada, [cat, bob])).toHaveLength(2);
    expect(await allRelations(store, bob)).toEqual([]);
  });

  it("lists whom somebody mutes or blocks in order of id, page by page, without those that ended", async () => {
    const targets = (await accounts(store, 5)).toSorted();
    for (const target of targets) {
      await store.relations.setRelation(
        { actor: ada, kind: "mute", target, active: true, nowMs: T0_MS },
        newJob(),
      );
    }
    await set("block", true, T0_MS);
    const [ended = "", ...left] = targets;
    await store.relations.setRelation(
      { actor: ada, kind: "mute", target: ended, active: false, nowMs: T0_MS + 1 },
      newJob(),
    );
    const first = await store.relations.targets(ada, "mute", null, 3);
    expect(first).toEqual({ items: left.slice(0, 3), next: left[2] });
    expect(await store.relations.targets(ada, "mute", first.next, 3)).toEqual({
      items: left.slice(3),
      next: null,
    });
    expect(await store.relations.targets(ada, "block", null, 3)).toEqual({
      items: [bob],
      next: null,
    });
    expect(await store.relations.targets(bob, "block", null, 3)).toEqual({ items: [], next: null });
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

  it("all relations of somebody whom thousands block are read in parts, each once", async () => {
    const count = RELATIONS_PER_PART + 40;
    const blockers = Array.from({ length: count }, () => newId(1));
    const block = (actor: UserId) => ({ actor, target: ada, version: T0_MS, active: true });
    await pMap(
      blockers,
      (actor) => store.relations.applyBlock({ ...block(actor), kind: "block" }, T0_MS),
      { concurrency: 20 },
    );
    await set("mute", true, T0_MS);
    const first = await store.relations.allRelations(ada, null);
    expect(first.items.length).toBeLessThanOrEqual(RELATIONS_PER_PART + 100);
    expect(first.next).not.toBeNull();
    const all = await allRelations(store, ada);
    const targets = all.filter(({ kind }) => kind === "blocked_by").map(({ target }) => target);
    expect(targets.sort()).toEqual(blockers.sort());
    expect(all).toHaveLength(count + 1);
  });
}
