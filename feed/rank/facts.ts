/**
 * The raw facts from which features are computed, at the time of a page: the same for serving and in the
 * training log. An absent fact has the default beside it.
 */
import { z } from "zod";
import { type Counts, type Entry, NO_COUNTS } from "../timeline/entry.ts";
import { ID_PATTERN, type UserId } from "../ids.ts";
import { PAGE_MAX_ITEMS, POST_TEXT_MAX_CHARS } from "../limits.ts";
import { type Velocity, velocitySchema } from "../counts/velocity.ts";
import { codePoints } from "../wire.ts";
import {
  type EngagementDelta,
  engage,
  type Engagement,
  engagementSchema,
  NO_ENGAGEMENT,
} from "./engagement.ts";

const idSchema = z.string().regex(ID_PATTERN, "not an id");
const flagSchema = z.boolean().default(false);
const engagedSchema = engagementSchema.default(NO_ENGAGEMENT);

/** Kinds of content that a viewer may like more or less. An entry has one of the first three. */
export const CONTENTS = ["post", "reply", "repost", "link"] as const;
export type Content = (typeof CONTENTS)[number];

/** The engagement of a new viewer, by kind of content. */
export const NO_CONTENTS: Record<Content, Engagement> = {
  post: NO_ENGAGEMENT,
  reply: NO_ENGAGEMENT,
  repost: NO_ENGAGEMENT,
  link: NO_ENGAGEMENT,
};

/** Facts about the viewer. */
export const viewerFactsSchema = z.strictObject({
  id: idSchema,
  /** Engagement with everything that the viewer saw. */
  overall: engagedSchema,
  /** The same by kind of content; a post with a link counts in two kinds. */
  contents: z
    .strictObject({
      post: engagedSchema,
      reply: engagedSchema,
      repost: engagedSchema,
      link: engagedSchema,
    })
    .default(NO_CONTENTS),
  /** The same by author or reposter; in the training log only those of the page. */
  authors: z
    .record(idSchema, engagementSchema)
    .refine((authors) => Object.keys(authors).length <= 2 * PAGE_MAX_ITEMS, {
      message: `at most ${2 * PAGE_MAX_ITEMS} authors: those of the page`,
    })
    .default({}),
});
export type ViewerFacts = z.infer<typeof viewerFactsSchema>;

/** The facts of a viewer, with only these authors and reposters. */
export function withPeople(viewer: ViewerFacts, people: Iterable<UserId>): ViewerFacts {
  const authors: ViewerFacts["authors"] = {};
  for (const person of people) {
    const engagement = viewer.authors[person];
    if (engagement !== undefined) authors[person] = engagement;
  }
  return { ...viewer, authors };
}

const countSchema = z.int().min(0).max(1e12).default(0);
const knownCountsSchema = z.strictObject({
  likes: countSchema,
  reposts: countSchema,
  replies: countSchema,
});

/** The viewer's earlier impressions of this post: their number, their total time, and whether it was opened. */
const seenBeforeSchema = z.strictObject({
  times: countSchema,
  dwellMs: z.number().min(0).max(1e15).default(0),
  opened: flagSchema,
});
export type SeenBefore = z.infer<typeof seenBeforeSchema>;

/** The earlier impressions of a post after one more. */
export function lookedAgain(
  before: SeenBefore | null | undefined,
  { dwellMs, opened }: Pick<SeenBefore, "dwellMs" | "opened">,
): SeenBefore {
  const { times, ...known } = before ?? { times: 0, dwellMs: 0, opened: false };
  return {
    times: times + 1,
    dwellMs: known.dwellMs + dwellMs,
    opened: known.opened || opened,
  };
}

/** Engagements by kind of content, with a delta added to the kinds of one post. */
export function engageContents(
  before: ViewerFacts["contents"],
  concerned: readonly Content[],
  delta: EngagementDelta,
  nowMs: number,
): ViewerFacts["contents"] {
  const contents = { ...before };
  for (const content of concerned) contents[content] = engage(contents[content], delta, nowMs);
  return contents;
}

/** Facts about one entry of a timeline, for one viewer. */
export const itemFactsSchema = z.strictObject({
  /** The id of the post, or of the repost; it contains the time of the entry. */
  entry: idSchema,
  /** The shown post; its id contains the time of writing. */
  post: idSchema,
  author: idSchema,
  /** The reposter; null for an original. */
  by: idSchema.nullable().default(null),
  /** Whether the post is a reply, and whether it answers the viewer. */
  reply: flagSchema,
  toViewer: flagSchema,
  /** The code points of its text, and whether it has a link. */
  chars: z.int().min(0).max(POST_TEXT_MAX_CHARS),
  link: flagSchema,
  /** The counts that the edge has; 0 if it has none. */
  counts: knownCountsSchema.default(NO_COUNTS),
  /** The velocity of the counts; null if it is unknown. */
  pace: velocitySchema.nullable().default(null),
  /** Followers of the author; null if unknown. */
  followers: z.int().min(0).max(1e10).nullable().default(null),
  /** Earlier impressions; null for a post that the viewer has not seen. */
  seen: seenBeforeSchema.nullable().default(null),
  /** The viewer's reactions before the page was made. */
  liked: flagSchema,
  reposted: flagSchema,
});
export type ItemFacts = z.infer<typeof itemFactsSchema>;

/** Facts about an entry that the entry itself lacks. */
export interface ItemContext {
  /** Replaces the counts of the entry. */
  counts?: Counts | undefined;
  velocity?: Velocity | null | undefined;
  followers?: number | null | undefined;
  seen?: SeenBefore | null | undefined;
  viewer?: { liked: boolean; reposted: boolean } | undefined;
}

const LINK = /https?:\/\/[^\s/]/i;

/** The facts of an entry for `viewer`. */
export function itemFacts(entry: Entry, viewer: UserId, known: ItemContext = {}): ItemFacts {
  const { post } = entry;
  const { likes, reposts, replies } = known.counts ?? post.counts;
  return {
    entry: entry.id,
    post: post.id,
    author: post.author.id,
    by: entry.by?.id ?? null,
    reply: post.replyTo !== null,
    toViewer: post.replyTo?.author === viewer,
    chars: Math.min(codePoints(post.text), POST_TEXT_MAX_CHARS),
    link: LINK.test(post.text),
    counts: { likes, reposts, replies },
    pace: known.velocity ?? null,
    followers: known.followers ?? post.followers ?? null,
    seen: known.seen ?? null,
    liked: known.viewer?.liked ?? false,
    reposted: known.viewer?.reposted ?? false,
  };
}

/** The kinds of content to which an entry belongs. */
export function contentsOf(item: Pick<ItemFacts, "by" | "reply" | "link">): Content[] {
  const kind = kindOf(item);
  return item.link ? [kind, "link"] : [kind];
}

/** The main kind of an entry; a repost of a reply is a repost. */
export function kindOf(item: Pick<ItemFacts, "by" | "reply">): Exclude<Content, "link"> {
  if (item.by !== null) return "repost";
  return item.reply ? "reply" : "post";
}
