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

/** Traits of a post; undefined if nobody knows them. */
export type TraitsOf = (post: PostId) => PostTraits | undefined;

/** A history that grows by reports, reactions and replies; `end` gives what it has become. */
export class GrowingHistory {
  readonly #posts: Map<PostId, SeenBefore>;
  readonly #authors: Map<UserId, Engagement>;
  #reports: Id[];
  #overall: Engagement;
  #contents: ViewerFacts["contents"];

  constructor({ posts, authors, reports, overall, contents }: EngagementHistory) {
    this.#posts = new Map(posts);
    this.#authors = new Map(authors);
    this.#reports = reports;
    this.#overall = overall;
    this.#contents = contents;
  }

  /** Adds a report, unless it is in the history. A post without known traits only counts as seen. */
  recordImpressions(
    report: { id: Id; items: readonly Impression[] },
    traitsOf: TraitsOf,
    nowMs: number,
  ): void {
    if (this.#reports.includes(report.id)) return;
    this.#reports = [...this.#reports, report.id].slice(-HISTORY_MAX_REPORTS);
    for (const { postId, dwellMs = 0, opened = false } of report.items) {
      const seen = lookedAgain(this.#posts.get(postId), { dwellMs, opened });
      renew(this.#posts, postId, seen, HISTORY_MAX_POSTS);
      const traits = traitsOf(postId);
      const delta = { seen: 1, dwellMs, opens: opened ? 1 : 0 };
      if (traits !== undefined) this.recordEngagement(traits, delta, nowMs);
    }
  }

  /** Adds an impression or a reaction; the delta of an undone reaction is negative. */
  recordEngagement(traits: PostTraits, delta: EngagementDelta, nowMs: number): void {
    for (const person of new Set(traits.people)) {
      const before = this.#authors.get(person) ?? NO_ENGAGEMENT;
      renew(this.#authors, person, engage(before, delta, nowMs), HISTORY_MAX_AUTHORS);
    }
    this.#contents = engageContents(this.#contents, traits.contents, delta, nowMs);
    this.#overall = engage(this.#overall, delta, nowMs);
  }

  end(): EngagementHistory {
    return {
      posts: [...this.#posts],
      authors: [...this.#authors],
      overall: this.#overall,
      contents: this.#contents,
      reports: this.#reports,
    };
  }
}

/** Sets a key as the newest one, and drops the oldest if there are too many. */
function renew<K, V>(map: Map<K, V>, key: K, value: V, max: number): void {
  // Maps keep the order of insertion.
  map.delete(key);
  map.set(key, value);
  if (map.size <= max) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
