/** What follows from a reaction or a reply of the owner: counts as they should see them, and engagement. */
import type { Tally } from "../../feed/counts/tally.ts";
import type { PostTraits } from "../../feed/rank/engagement-history.ts";
import type { UserId } from "../../feed/ids.ts";
import { OWN_CHANGE_COUNTED_MS } from "../../feed/limits.ts";
import type { Counts, Entry } from "../../feed/timeline/entry.ts";
import type { Stores } from "./store.ts";
import type { TimelineView } from "./timeline-view.ts";
import type { OwnReaction, ViewerState } from "./viewer-state.ts";

/** What a request knows about a reaction that it has written. */
export interface ReactionContext {
  traits: PostTraits;
  /** The post's counts as last published, which may lack the owner's last changes. */
  published: Counts;
  /** When the last reaction in them was counted; 0 if unknown. */
  publishedAtMs: number;
  /** Whether the write has changed the reaction. */
  changed: boolean;
  /** The tally that counts it; null if there is none. */
  tally: Tally | null;
}

/**
 * Stores a reaction, and how it was counted.
 * @param context null if the caller does not know it
 * @returns the post's counts with the reaction, null if only its counter knows them; and whether the
 * owner has just made it, or taken it back
 */
export function applyReaction(
  viewer: ViewerState,
  reaction: OwnReaction,
  context: ReactionContext | null,
  nowMs: number,
): { counts: Counts | null; isNews: boolean } {
  const counts = context === null ? null : countsWith(viewer, reaction, context, nowMs);
  const counted = context === null ? null : { tally: context.tally };
  return { counts, isNews: viewer.setReaction(reaction, counted) };
}

/** The counts as last published with the owner's change; null if these may lack an earlier one of theirs. */
function countsWith(
  viewer: ViewerState,
  { post, kind, active }: OwnReaction,
  { published, publishedAtMs, changed }: ReactionContext,
  nowMs: number,
): Counts | null {
  const changedAtMs = viewer.lastChangeOf(post, nowMs);
  if (changedAtMs !== null && publishedAtMs < changedAtMs + OWN_CHANGE_COUNTED_MS) return null;
  const field = kind === "like" ? "likes" : "reposts";
  const delta = changed ? (active ? 1 : -1) : 0;
  return { ...published, [field]: Math.max(active ? 1 : 0, published[field] + delta) };
}

/** Records a reaction as engagement. @param made its traits from the store count where the window has none */
export function recordReaction(
  { engagement }: Stores,
  view: TimelineView,
  made: { reaction: OwnReaction; traits: PostTraits | undefined },
  nowMs: number,
): void {
  const { reaction } = made;
  const traits = view.traitsOf([reaction.post]).get(reaction.post) ?? made.traits;
  if (traits !== undefined) engagement.recordReaction(reaction, traits, nowMs);
}

/** A reply by the owner to somebody else is engagement with the post that it answers. */
export function recordOwnReply(
  { engagement }: Stores,
  view: TimelineView,
  { entry, owner }: { entry: Entry; owner: UserId },
  nowMs: number,
): void {
  const { author, replyTo } = entry.post;
  if (entry.by !== null || author.id !== owner) return;
  if (replyTo === null || replyTo.author === owner) return;
  const inWindow = view.traitsOf([replyTo.id]).get(replyTo.id);
  const traits = inWindow ?? { people: [replyTo.author], contents: [] };
  engagement.record(traits, { replies: 1 }, nowMs);
}
