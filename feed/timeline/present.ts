/** Turns stored posts and entries into those of the API. */
import { type Card, type Counts, type Entry, entryAuthor, type PostBody } from "./entry.ts";
import { idTimeMs, type UserId } from "../ids.ts";
import type { Post, TimelineItem } from "../wire.ts";

/** The time of an id, in the API's format. */
export function createdAt(id: string): string {
  return new Date(idTimeMs(id)).toISOString();
}

/** The current counts of a post and the viewer's reactions, which override the stored post. */
export interface ViewerPostState {
  /** Replaces the stored counts. */
  counts?: Counts | undefined;
  /** The viewer's reactions; absent without a viewer. */
  viewer?: { liked: boolean; reposted: boolean } | undefined;
}

/** A post as a client sees it. */
export function presentPost(body: PostBody, { counts, viewer }: ViewerPostState = {}): Post {
  return {
    id: body.id,
    author: presentCard(body.author),
    text: body.text,
    createdAt: createdAt(body.id),
    replyTo: body.replyTo?.id ?? null,
    counts: atLeastOwn(counts ?? body.counts, viewer),
    ...(viewer === undefined ? {} : { viewer }),
  };
}

/** Raises counts to include the viewer's own reactions, which published counts may lack. */
function atLeastOwn(counts: Counts, viewer: ViewerPostState["viewer"]): Counts {
  const { likes, reposts, replies } = counts;
  return {
    likes: Math.max(likes, viewer?.liked === true ? 1 : 0),
    reposts: Math.max(reposts, viewer?.reposted === true ? 1 : 0),
    replies,
  };
}

/** A timeline entry as `viewer` sees it, with the reason it is there. */
export function presentEntry(
  entry: Entry,
  viewer: UserId | null,
  known: ViewerPostState = {},
): TimelineItem {
  const item = { id: entry.id, at: createdAt(entry.id), post: presentPost(entry.post, known) };
  if (entry.by !== null) return { ...item, reason: { kind: "repost", by: presentCard(entry.by) } };
  return { ...item, reason: { kind: entryAuthor(entry) === viewer ? "self" : "following" } };
}

function presentCard(card: Card): Card {
  return { id: card.id, handle: card.handle, name: card.name, avatarUrl: card.avatarUrl };
}
