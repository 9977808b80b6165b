/**
 * What of a candidate decides about its place beside the model: who it is by, its thread, whether the
 * viewer has done with it, and whether it may lead.
 */
import type { Entry } from "../timeline/entry.ts";
import { type Id, idTimeMs, newestFirst, type UserId } from "../ids.ts";
import { DWELLED_MIN_MS, ENTRY_FRESH_MS, OWN_FRESH_MS } from "../limits.ts";
import type { Placeable } from "./diversify.ts";
import { faded, NO_ENGAGEMENT } from "./engagement.ts";
import type { ItemFacts, ViewerFacts } from "./facts.ts";

/** A candidate: an entry and its facts. */
export interface Candidate {
  entry: Entry;
  facts: ItemFacts;
  /** Whether the viewer has answered the post. */
  answered?: boolean;
}

/** What the viewer has already done with a post, the most first; null if they have not seen it. */
export type DoneBefore = "wrote" | "answered" | "liked" | "reposted" | "read" | "seen" | null;

/** The factor for the score of a post that the viewer has read, or has done something with. */
const DONE_SHARE = 0.25;
/** Likes, reposts and answers, decayed, from which on an account is no stranger. */
const KNOWN_MIN_ACTIONS = 0.5;

/** What the viewer has already done with a post. */
export function doneBefore(
  { author, by, liked, reposted, seen }: ItemFacts,
  viewer: UserId,
  answered: boolean,
): DoneBefore {
  if (author === viewer && by === null) return "wrote";
  if (answered) return "answered";
  if (liked) return "liked";
  if (reposted) return "reposted";
  if (seen === null || seen.times === 0) return null;
  return seen.opened || seen.dwellMs >= DWELLED_MIN_MS ? "read" : "seen";
}

/** The factor of a score for what the viewer has done with the post; the model knows that it was seen. */
function shareOfDone(done: DoneBefore): number {
  return done === null || done === "seen" ? 1 : DONE_SHARE;
}

/** A score times a factor, which lowers it below 1 and raises it above, also if it is negative. */
function scaled(score: number, factor: number): number {
  return score >= 0 ? score * factor : score / factor;
}

/** Whether the viewer knows an account: they have liked, reposted or answered it, or are it. */
function knows(viewer: Pick<ViewerFacts, "id" | "authors">, user: UserId, nowMs: number): boolean {
  if (user === viewer.id) return true;
  const { likes, reposts, replies } = faded(viewer.authors[user] ?? NO_ENGAGEMENT, nowMs);
  return likes + reposts + replies >= KNOWN_MIN_ACTIONS;
}

/**
 * How items take part in the order, as far as their facts say.
 * @param scores of the items, by the model
 */
export function placeables<T extends ItemFacts & { answered?: boolean }>(
  viewer: ViewerFacts,
  items: readonly T[],
  scores: ArrayLike<number>,
  nowMs: number,
): (Placeable & { item: T })[] {
  return items.map((item, n) => {
    const { entry, author, by, reply, toViewer, answered = false } = item;
    const done = doneBefore(item, viewer.id, answered);
    return {
      item,
      id: entry,
      score: scaled(scores[n] ?? 0, shareOfDone(done)),
      people: by === null || by === author ? [author] : [author, by],
      waits: done !== null || nowMs - idTimeMs(entry) >= ENTRY_FRESH_MS,
      neverLeads: reply && !toViewer && !knows(viewer, author, nowMs),
    };
  });
}

/** The same for candidates, whose entries name threads and whom a reply answers. */
export function placeCandidates<T extends Candidate>(
  viewer: ViewerFacts,
  candidates: readonly T[],
  scores: ArrayLike<number>,
  nowMs: number,
): (Placeable & { candidate: T })[] {
  const entries = candidates.map(({ entry }) => entry);
  const threads = threadsOf(entries);
  const own = freshOwn(entries, viewer.id, nowMs);
  const items = candidates.map((candidate) => {
    const { facts, answered = false } = candidate;
    return { ...facts, answered, candidate };
  });
  return placeables(viewer, items, scores, nowMs).map(({ item: { candidate }, ...placed }) => {
    const { id, post } = candidate.entry;
    const parent = post.replyTo?.author;
    const isToKnown = parent !== undefined && knows(viewer, parent, nowMs);
    return {
      ...placed,
      candidate,
      thread: threads.get(id),
      onTop: id === own,
      neverLeads: placed.neverLeads === true && !isToKnown,
    };
  });
}

/**
 * The thread of each entry that shows a reply: the oldest post that its chain of replies reaches among
 * these entries. Replies to the same absent post share a thread.
 */
function threadsOf(entries: readonly Entry[]): Map<Id, Id> {
  const parents = new Map(
    entries.flatMap(({ post }) =>
      post.replyTo === null ? [] : [[post.id, post.replyTo.id] as const],
    ),
  );
  const rootOf = (post: Id): Id => {
    // A post is newer than its parent, so this ends; `above` guarantees that for bad data too.
    let root = post;
    for (let above = parents.get(root); above !== undefined && above < root;) {
      root = above;
      above = parents.get(root);
    }
    return root;
  };
  return new Map(
    entries
      .filter(({ post }) => post.replyTo !== null)
      .map(({ id, post }) => [id, rootOf(post.id)]),
  );
}

/** The viewer's newest own post, if it is fresh. */
function freshOwn(entries: readonly Entry[], viewer: UserId, nowMs: number): Id | undefined {
  const own = entries.filter(
    ({ id, by, post }) =>
      by === null && post.author.id === viewer && nowMs - idTimeMs(id) < OWN_FRESH_MS,
  );
  return own.toSorted(newestFirst)[0]?.id;
}
