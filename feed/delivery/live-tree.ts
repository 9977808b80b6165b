/**
 * The tree by which a celebrity's post reaches followers who are online. Its root is the author
 * feed. Its leaves hold about `LIVE_LEAF_FOLLOWERS` followers each, if all are online. It has the
 * fewest levels with which no node calls more than `LIVE_NODE_CHILDREN` others. A follower's leaf
 * follows from arithmetic, so joining does not go through the root, and only nodes with listeners
 * are called. The number of leaves is a power of two, so that a growing author rarely changes the
 * tree, and followers who joined a smaller one stay reachable.
 */
import { fnv1a } from "../hash.ts";
import type { UserId } from "../ids.ts";
import { LIVE_LEAF_FOLLOWERS, LIVE_NODE_CHILDREN } from "../limits.ts";

/** How many leaves an author with so many followers needs: a power of two. */
export function leavesFor(followers: number): number {
  return 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(1, followers) / LIVE_LEAF_FOLLOWERS)));
}

/** Levels below the root, leaves included, and children per node, for so many leaves. */
export function shapeOf(leaves: number): { levels: number; branching: number } {
  const bits = Math.round(Math.log2(leaves));
  const levels = Math.max(1, Math.ceil(bits / Math.log2(LIVE_NODE_CHILDREN)));
  return { levels, branching: 2 ** Math.ceil(bits / levels) };
}

/** A place in an author's tree. The leaves are level 0. */
interface Place {
  author: UserId;
  leaves: number;
  level: number;
  index: number;
}

const NODE = /^live:([0-9A-Z]{16}):(\d+):(\d+):(\d+)$/;

function nameOf({ author, leaves, level, index }: Place): string {
  return `live:${author}:${leaves}:${level}:${index}`;
}

/** The name of the leaf where a user receives live news of an author. */
export function leafOf(author: UserId, leaves: number, user: UserId): string {
  return nameOf({ author, leaves, level: 0, index: hash(user) % leaves });
}

/**
 * What sends to a node: another node, or the author's feed as the root.
 * @throws RangeError for a name that is no node's
 */
export function parentOf(name: string): { node: string } | { root: UserId } {
  const [, author, leaves, level, index] = NODE.exec(name) ?? [];
  if (author === undefined) throw new RangeError(`not a node of a live tree: ${name}`);
  const place = { author, leaves: Number(leaves), level: Number(level) + 1 };
  const { levels, branching } = shapeOf(place.leaves);
  if (place.level >= levels) return { root: author };
  return { node: nameOf({ ...place, index: Math.floor(Number(index) / branching) }) };
}

/** The work of sending one post to everyone online. */
export interface Reach {
  levels: number;
  leaves: number;
  /** The most calls that one node makes, the root included. */
  callsPerNode: number;
  /** Calls one after the other on the longest path to the last follower. */
  callsInSequence: number;
}

/**
 * The work of sending a post to `online` of an author's `followers`, spread evenly over the leaves.
 * `callsInSequence` divided by a node's calls per second is the seconds until the last one has it.
 */
export function reachOf(followers: number, online: number): Reach {
  const leaves = leavesFor(followers);
  const { levels, branching } = shapeOf(leaves);
  const members = Math.ceil(online / leaves);
  const root = Math.ceil(leaves / branching ** (levels - 1));
  const inner = levels === 1 ? [root] : [root, ...Array<number>(levels - 1).fill(branching)];
  return {
    levels,
    leaves,
    callsPerNode: Math.max(members, ...inner),
    callsInSequence: members + inner.reduce((sum, calls) => sum + calls, 0),
  };
}

/** The higher bits of the hash, which are mixed best. */
function hash(text: string): number {
  return fnv1a(text) >>> 4;
}
