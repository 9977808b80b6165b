/**
 * The tree by which a celebrity's post reaches followers who are online: the author's outbox at the
 * root, leaves that hold about `LIVE_LEAF_FOLLOWERS` followers each if all are online, and as few
 * levels between as leave no node more than `LIVE_NODE_CHILDREN` others to call. Everyone finds
 * their leaf by arithmetic, so that joining goes through no root; only nodes with somebody below
 * them are called. Leaves are a power of two, so that a growing author rarely changes the tree,
 * and whoever joined a smaller one stays reachable by it.
 */
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

/** A place in an author's tree. Level 0 are the leaves. */
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

/** The name of the leaf where a user hears of an author. */
export function leafOf(author: UserId, leaves: number, user: UserId): string {
  return nameOf({ author, leaves, level: 0, index: hash(user) % leaves });
}

/** Whom a node is told by: another node, or the author's outbox. @throws RangeError for no node */
export function parentOf(name: string): { node: string } | { root: UserId } {
  const [, author, leaves, level, index] = NODE.exec(name) ?? [];
  if (author === undefined) throw new RangeError(`not a node of a live tree: ${name}`);
  const place = { author, leaves: Number(leaves), level: Number(level) + 1 };
  const { levels, branching } = shapeOf(place.leaves);
  if (place.level >= levels) return { root: author };
  return { node: nameOf({ ...place, index: Math.floor(Number(index) / branching) }) };
}

/** What telling everyone online takes. */
export interface Reach {
  levels: number;
  leaves: number;
  /** Most calls that one node makes, the root included. */
  callsPerNode: number;
  /** Calls one after the other on the longest way to the last follower. */
  callsInSequence: number;
}

/**
 * What telling `online` of an author's `followers` takes, spread evenly over the leaves. Divide
 * `callsInSequence` by the calls per second of a node for the seconds until the last one is told.
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

/** FNV-1a, of which the higher bits are the better mixed. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return value >>> 4;
}
