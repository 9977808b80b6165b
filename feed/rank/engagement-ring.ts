/**
 * What a viewer did since their engagement history was last written: a ring of small entries, each of
 * which overwrites the oldest one. The history is large, so it is written once for many entries, when
 * they are folded into it. History and entries together are the engagement of now.
 */
import type { Impression } from "../delivery/jobs.ts";
import type { Id, PostId } from "../ids.ts";
import { ENGAGEMENT_RING_ENTRIES } from "../limits.ts";
import {
  type EngagementHistory,
  type PostTraits,
  recordEngagement,
  recordImpressions,
} from "./engagement-history.ts";
import type { EngagementDelta } from "./engagement.ts";

/** A report of impressions. */
export interface ReportEntry {
  kind: "report";
  id: Id;
  /** When it arrived, in milliseconds since 1970. */
  atMs: number;
  items: readonly Impression[];
  /** Traits of those of its posts that the window held when it arrived. */
  traits: readonly (readonly [PostId, PostTraits])[];
}

/** A reaction or reply. */
export interface ReactionEntry {
  kind: "reaction";
  atMs: number;
  traits: PostTraits;
  delta: EngagementDelta;
}

export type RingEntry = ReportEntry | ReactionEntry;

/** The slot of the ring that holds an entry. @param seq its number; entries are numbered from 1 */
export function ringSlot(seq: number): number {
  return seq % ENGAGEMENT_RING_ENTRIES;
}

/**
 * The history after an entry. Entries decay from their own times, so it does not matter when they are
 * folded.
 * @param traits of posts that the window did not hold; a post without any counts only as seen
 */
export function foldEntry(
  history: EngagementHistory,
  entry: RingEntry,
  traits: ReadonlyMap<PostId, PostTraits>,
): EngagementHistory {
  if (entry.kind === "reaction") {
    return recordEngagement(history, entry.traits, entry.delta, entry.atMs);
  }
  const inWindow = new Map(entry.traits);
  const traitsOf = (post: PostId) => inWindow.get(post) ?? traits.get(post);
  return recordImpressions(history, entry, traitsOf, entry.atMs);
}

/** Posts that entries lack traits of, each once. */
export function postsWithoutTraits(entries: readonly RingEntry[]): PostId[] {
  const posts = entries.flatMap((entry) => {
    if (entry.kind === "reaction") return [];
    const inWindow = new Map(entry.traits);
    return entry.items.map(({ postId }) => postId).filter((post) => !inWindow.has(post));
  });
  return [...new Set(posts)];
}
