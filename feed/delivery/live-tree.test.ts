import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeId } from "../ids.ts";
import { LIVE_LEAF_FOLLOWERS, LIVE_NODE_CHILDREN } from "../limits.ts";
import { leafOf, leavesFor, parentOf, reachOf, shapeOf } from "./live-tree.ts";

const AUTHOR = makeId(1, 2, 3);

/** The nodes from a user's leaf up, and the author whose feed is the root. */
function pathToRoot(leaves: number, user: string): string[] {
  const nodes = [leafOf(AUTHOR, leaves, user)];
  for (;;) {
    const parent = parentOf(nodes.at(-1) ?? "");
    if ("root" in parent) return [...nodes, parent.root];
    nodes.push(parent.node);
  }
}

describe("a live tree", () => {
  it("leads from every leaf to the author feed, over as many levels as its shape says", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200_000_000 }),
        fc.integer({ min: 0, max: 1023 }),
        fc.nat(1_000_000),
        (followers, bucket, random) => {
          const leaves = leavesFor(followers);
          const user = makeId(7, bucket, random);
          const path = pathToRoot(leaves, user);
          expect(path).toHaveLength(shapeOf(leaves).levels + 1);
          expect(path.at(-1)).toBe(AUTHOR);
        },
      ),
    );
  });

  it("has no node that calls more than about a thousand others when every follower is online", () => {
    for (const followers of [1, 10_000, 1_000_000, 10_000_000, 100_000_000, 400_000_000]) {
      const { callsPerNode } = reachOf(followers, followers);
      expect(callsPerNode).toBeLessThanOrEqual(Math.max(LIVE_NODE_CHILDREN, LIVE_LEAF_FOLLOWERS));
    }
  });

  it("reaches 10 million online of 100 million followers in under a thousand sequential calls", () => {
    const reach = reachOf(100_000_000, 10_000_000);
    expect(reach).toEqual({ levels: 2, leaves: 131_072, callsPerNode: 512, callsInSequence: 845 });
  });

  it("spreads users evenly over its leaves", () => {
    const leaves = leavesFor(100_000);
    const users = Array.from({ length: 20_000 }, (_, n) => makeId(n, n % 1024, n * 7919));
    const perLeaf = Map.groupBy(users, (user) => leafOf(AUTHOR, leaves, user));
    expect(perLeaf.size).toBe(leaves);
    const fullest = Math.max(...[...perLeaf.values()].map((members) => members.length));
    expect(fullest).toBeLessThan((1.5 * users.length) / leaves);
  });

  it("throws RangeError for the parent of a name that is no node's", () => {
    expect(() => parentOf("counts:x.1")).toThrow(RangeError);
  });
});
