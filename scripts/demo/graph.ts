/**
 * The follow graph of a world. By default a real follow graph of some 24,000 accounts and 140,000 follows, from the package
 * `nostr-social-graph`. Only its shape is used; its keys are dropped here.
 */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SocialGraph } from "nostr-social-graph";
import type { Graph } from "../load/sources.ts";

/** Accounts are 0 … accounts-1. */
export interface FollowGraph {
  accounts: number;
  /** Whom each account follows, for those that follow anyone. */
  following: ReadonlyMap<number, readonly number[]>;
}

/** Numbers the people of a graph from 0. @returns also the new number of each */
export function numbered({ people, follows }: Graph): {
  graph: FollowGraph;
  numberOf: ReadonlyMap<number, number>;
} {
  const numberOf = new Map(people.map((person, number) => [person, number]));
  const following = new Map<number, number[]>();
  for (const edge of follows) {
    const [follower, followee] = [numberOf.get(edge.follower), numberOf.get(edge.followee)];
    if (follower === undefined || followee === undefined) continue;
    const known = following.get(follower);
    if (known === undefined) following.set(follower, [followee]);
    else known.push(followee);
  }
  return { graph: { accounts: people.length, following }, numberOf };
}

/** Reads the graph of the package. */
export async function loadFollowGraph(): Promise<FollowGraph> {
  const folder = dirname(fileURLToPath(import.meta.resolve("nostr-social-graph/package.json")));
  const data = await readFile(join(folder, "data/socialGraph.bin"));
  // The class needs a root, from which it counts distances that nothing here uses.
  const graph = await SocialGraph.fromBinary("nobody", data);
  return compact(graph.getInternalData().followedByUser);
}

/** Numbers the accounts from 0 in order of appearance, and drops follows of oneself. */
export function compact(followedByUser: ReadonlyMap<number, ReadonlySet<number>>): FollowGraph {
  const numbers = new Map<number, number>();
  const numberOf = (id: number) => {
    const known = numbers.get(id);
    if (known !== undefined) return known;
    numbers.set(id, numbers.size);
    return numbers.size - 1;
  };
  const following = new Map<number, readonly number[]>();
  for (const [follower, followees] of followedByUser) {
    const others = [...followees].filter((followee) => followee !== follower);
    if (others.length > 0) following.set(numberOf(follower), others.map(numberOf));
  }
  return { accounts: numbers.size, following };
}
