/**
 * What a viewer did since their engagement history was last written: a ring of small entries, in which
 * the newest overwrite the oldest. The history is large, so it is written once for many entries, when
 * they are folded into it. History and entries together are the engagement of now.
 *
 * The ring is stored in blocks, a row each. Rows are what storage costs: an entry rewrites one row, as
 * it would in a row of its own, and an object that starts reads few.
 */
import type { Impression } from "../delivery/jobs.ts";
import type { Id, PostId } from "../ids.ts";
import { ENGAGEMENT_BLOCK_ENTRIES, ENGAGEMENT_RING_ENTRIES } from "../limits.ts";
import {
  type EngagementHistory,
  GrowingHistory,
  type PostTraits,
  type TraitsOf,
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

/** Entries by their number. They are numbered from 1, without gaps. */
export interface Numbered {
  seq: number;
  entry: RingEntry;
}

/** The blocks of a ring: as many as its entries need, and one that is being overwritten. */
const RING_BLOCKS = ENGAGEMENT_RING_ENTRIES / ENGAGEMENT_BLOCK_ENTRIES + 1;

/** Where an entry is in the ring: its block's slot, and the number of that block's first entry. */
export function ringPlace(seq: number): { slot: number; first: number } {
  const block = Math.floor((seq - 1) / ENGAGEMENT_BLOCK_ENTRIES);
  return { slot: block % RING_BLOCKS, first: block * ENGAGEMENT_BLOCK_ENTRIES + 1 };
}

/**
 * The history after entries. They decay from their own times, so it does not matter when they are folded.
 * @param traitsOf posts that the window did not hold; one without traits counts only as seen
 */
export function foldEntries(
  history: EngagementHistory,
  entries: readonly RingEntry[],
  traitsOf: TraitsOf,
): EngagementHistory {
  const growing = new GrowingHistory(history);
  for (const entry of entries) {
    if (entry.kind === "reaction") {
      growing.recordEngagement(entry.traits, entry.delta, entry.atMs);
      continue;
    }
    const inWindow = new Map(entry.traits);
    growing.recordImpressions(entry, (post) => inWindow.get(post) ?? traitsOf(post), entry.atMs);
  }
  return growing.end();
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
