/** Turns stored posts and entries into those of the API. */
import {
  type Card,
  type Counts,
  type Entry,
  entryAuthor,
  newerCard,
  type PostBody,
} from "./entry.ts";
import { idTimeMs, type UserId } from "../ids.ts";
import type { Post, TimelineItem } from "../wire.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** The day that was formatted last: most of a page is of one day, and a date takes long to make. */
let day = { no: Number.NaN, text: "" };

/** The time of an id, in the API's format. */
export function createdAt(id: string): string {
  const ms = idTimeMs(id);
  const no = Math.floor(ms / DAY_MS);
  if (no !== day.no)
    day = { no, text: new Date(ms).toISOString().slice(0, -"00:00:00.000Z".length) };
  const of = ms - no * DAY_MS;
  const [hours, minutes] = [Math.floor(of / 3_600_000), Math.floor(of / 60_000) % 60];
  const [seconds, rest] = [Math.floor(of / 1_000) % 60, of % 1_000];
  return `${day.text}${digits(hours)}:${digits(minutes)}:${digits(seconds)}.${digits(rest, 3)}Z`;
}

function digits(value: number, count = 2): string {
  return String(value).padStart(count, "0");
}

/** The current counts of a post and the viewer's reactions, which override the stored post. */
export interface ViewerPostState {
  /** Replaces the stored counts. */
  counts?: Counts | undefined;
  /** Replaces the author's card if it is newer. */
  author?: Card | undefined;
  /** The viewer's reactions; absent without a viewer. */
  viewer?: { liked: boolean; reposted: boolean } | undefined;
}

/** A post as a client sees it. */
export function presentPost(
  body: PostBody,
  { counts, viewer, author }: ViewerPostState = {},
): Post {
  return {
    id: body.id,
    author: presentCard(newerCard(body.author, author)),
    text: body.text,
    createdAt: createdAt(body.id),
    replyTo: body.replyTo?.id ?? null,
    parent: presentParent(body.replyTo),
    counts: atLeastOwn(counts ?? body.counts, viewer),
    ...(viewer === undefined ? {} : { viewer }),
  };
}

/** The parent of a reply as far as the reply carries it. */
function presentParent(replyTo: PostBody["replyTo"]): Post["parent"] {
  const copy = replyTo?.copy ?? null;
  if (replyTo === null || copy === null) return null;
  return { id: replyTo.id, author: presentCard(copy.author), text: copy.text };
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

/** A card as a client sees it. */
export function presentCard(card: Card): Card {
  return { id: card.id, handle: card.handle, name: card.name, avatarUrl: card.avatarUrl };
}
