/** What a viewer has paid attention to: posts seen, and what they did, by author and by content. */
import { type Entry, entryAuthor, type PostBody } from "../timeline/entry.ts";
import type { Id, PostId, UserId } from "../ids.ts";
import type { Impression } from "../delivery/jobs.ts";
import { ATTENTION_MAX_AUTHORS, ATTENTION_MAX_POSTS, ATTENTION_MAX_REPORTS } from "../limits.ts";
import { type Deed, engage, type Engagement, NO_ENGAGEMENT } from "./engagement.ts";
import {
  type Content,
  contentsOf,
  engageContents,
  itemFacts,
  lookedAgain,
  NO_CONTENTS,
  type SeenBefore,
  type ViewerFacts,
} from "./facts.ts";

/** What a post is to its viewers: who wrote it, who brought it, what kind it is. */
export interface About {
  people: readonly UserId[];
  contents: readonly Content[];
}

/** What an entry is to its viewers. */
export function aboutEntry(entry: Entry): About {
  const people = new Set([entry.post.author.id, entryAuthor(entry)]);
  return { people: [...people], contents: contentsOf(itemFacts(entry, "")) };
}

/** What a post is to its viewers, wherever they met it. */
export function aboutPost(post: PostBody): About {
  return aboutEntry({ id: post.id, by: null, post });
}

/** Newest last in all lists; the oldest are forgotten. */
export interface Attention extends Pick<ViewerFacts, "overall" | "contents"> {
  posts: [PostId, SeenBefore][];
  authors: [UserId, Engagement][];
  /** Reports that are in it, so that one that arrives again is not counted again. */
  reports: Id[];
}

export const NO_ATTENTION: Attention = {
  posts: [],
  authors: [],
  overall: NO_ENGAGEMENT,
  contents: NO_CONTENTS,
  reports: [],
};

/** What is known after a report. `aboutOf` may not know a post any more: then it only counts as seen. */
export function attend(
  known: Attention,
  report: { id: Id; items: readonly Impression[] },
  aboutOf: (post: PostId) => About | undefined,
  nowMs: number,
): Attention {
  if (known.reports.includes(report.id)) return known;
  const posts = new Map(known.posts);
  for (const { postId, dwellMs = 0, opened = false } of report.items) {
    renew(posts, postId, lookedAgain(posts.get(postId), { dwellMs, opened }));
  }
  const reports = [...known.reports, report.id].slice(-ATTENTION_MAX_REPORTS);
  const after = { ...known, posts: newest(posts, ATTENTION_MAX_POSTS), reports };
  return report.items.reduce((before, { postId, dwellMs = 0, opened = false }) => {
    const about = aboutOf(postId);
    const deed = { seen: 1, dwellMs, opens: opened ? 1 : 0 };
    return about === undefined ? before : credit(before, about, deed, nowMs);
  }, after);
}

/** What is known after a deed: an impression, or a reaction; one that is taken back is negative. */
export function credit(known: Attention, about: About, deed: Deed, nowMs: number): Attention {
  const authors = new Map(known.authors);
  for (const person of new Set(about.people)) {
    renew(authors, person, engage(authors.get(person) ?? NO_ENGAGEMENT, deed, nowMs));
  }
  return {
    ...known,
    authors: newest(authors, ATTENTION_MAX_AUTHORS),
    contents: engageContents(known.contents, about.contents, deed, nowMs),
    overall: engage(known.overall, deed, nowMs),
  };
}

/** Maps keep the order of insertion: the last one in is the newest. */
function renew<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.delete(key);
  map.set(key, value);
}

function newest<K, V>(map: ReadonlyMap<K, V>, max: number): [K, V][] {
  return [...map].slice(-max);
}
