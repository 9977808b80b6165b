/** From what is stored to what a client sees. */
import { type Card, type Counts, type Entry, entryAuthor, type PostBody } from "./entry.ts";
import { idTimeMs, type UserId } from "../ids.ts";
import type { Post, TimelineItem } from "../wire.ts";

/** The time an id was made, as the contract writes times. */
export function createdAt(id: string): string {
  return new Date(idTimeMs(id)).toISOString();
}

/** What is known of a post beside what is stored with it. */
export interface ViewerPostState {
  /** In place of the counts it was stored with. */
  counts?: Counts | undefined;
  /** What the viewer did to it; left out where nobody asks. */
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

/** Published counts may not have heard of the viewer yet, who knows that they are counted. */
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
  const post = presentPost(entry.post, known);
  if (entry.by !== null) return { post, reason: { kind: "repost", by: presentCard(entry.by) } };
  return { post, reason: { kind: entryAuthor(entry) === viewer ? "self" : "following" } };
}

function presentCard(card: Card): Card {
  return { id: card.id, handle: card.handle, name: card.name, avatarUrl: card.avatarUrl };
}
