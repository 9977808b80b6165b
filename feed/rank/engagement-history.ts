/** A viewer's engagement: seen posts, and engagement by author and by kind of content. */
import { type Entry, entryAuthor, type PostBody } from "../timeline/entry.ts";
import type { Id, PostId, UserId } from "../ids.ts";
import type { Impression } from "../delivery/jobs.ts";
import { HISTORY_MAX_AUTHORS, HISTORY_MAX_POSTS, HISTORY_MAX_REPORTS } from "../limits.ts";
import { type EngagementDelta, engage, type Engagement, NO_ENGAGEMENT } from "./engagement.ts";
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

/** The traits of a post that engagement counts for: author, reposter and kinds of content. */
export interface PostTraits {
  people: readonly UserId[];
  contents: readonly Content[];
}

/** The traits of an entry. */
export function traitsOfEntry(entry: Entry): PostTraits {
  const people = new Set([entry.post.author.id, entryAuthor(entry)]);
  return { people: [...people], contents: contentsOf(itemFacts(entry, "")) };
}

/** The traits of a post without an entry. */
export function traitsOfPost(post: PostBody): PostTraits {
  return traitsOfEntry({ id: post.id, by: null, post });
}

/** A viewer's engagement history. All lists have the newest last, and drop the oldest. */
export interface EngagementHistory extends Pick<ViewerFacts, "overall" | "contents"> {
  posts: [PostId, SeenBefore][];
  authors: [UserId, Engagement][];
  /** The reports in it, so that a repeated report counts once. */
  reports: Id[];
}

export const NO_HISTORY: EngagementHistory = {
  posts: [],
  authors: [],
  overall: NO_ENGAGEMENT,
  contents: NO_CONTENTS,
  reports: [],
};

/** The history after a report. A post whose traits `aboutOf` does not know only counts as seen. */
export function recordImpressions(
  known: EngagementHistory,
  report: { id: Id; items: readonly Impression[] },
  aboutOf: (post: PostId) => PostTraits | undefined,
  nowMs: number,
): EngagementHistory {
  if (known.reports.includes(report.id)) return known;
  const posts = new Map(known.posts);
  for (const { postId, dwellMs = 0, opened = false } of report.items) {
    renew(posts, postId, lookedAgain(posts.get(postId), { dwellMs, opened }));
  }
  const reports = [...known.reports, report.id].slice(-HISTORY_MAX_REPORTS);
  const after = { ...known, posts: newest(posts, HISTORY_MAX_POSTS), reports };
  return report.items.reduce((before, { postId, dwellMs = 0, opened = false }) => {
    const about = aboutOf(postId);
    const delta = { seen: 1, dwellMs, opens: opened ? 1 : 0 };
    return about === undefined ? before : recordEngagement(before, about, delta, nowMs);
  }, after);
}

/** The history after an impression or a reaction; the delta of an undone reaction is negative. */
export function recordEngagement(
  known: EngagementHistory,
  about: PostTraits,
  delta: EngagementDelta,
  nowMs: number,
): EngagementHistory {
  const authors = new Map(known.authors);
  for (const person of new Set(about.people)) {
    renew(authors, person, engage(authors.get(person) ?? NO_ENGAGEMENT, delta, nowMs));
  }
  return {
    ...known,
    authors: newest(authors, HISTORY_MAX_AUTHORS),
    contents: engageContents(known.contents, about.contents, delta, nowMs),
    overall: engage(known.overall, delta, nowMs),
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
