/** What an owner does with what they see, noted with those behind it. */
import { type PostTraits, traitsOfEntry } from "../../feed/rank/engagement-history.ts";
import type { Entry } from "../../feed/timeline/entry.ts";
import type { HotWindow } from "../../feed/timeline/hot-window.ts";
import type { Id, PostId, UserId } from "../../feed/ids.ts";
import type { Impression } from "../../feed/delivery/jobs.ts";
import type { OwnReaction, ViewerState } from "./viewer-state.ts";

/** A report of impressions, with what the caller knows of its posts; null if it has not looked. */
export interface Report {
  id: Id;
  items: readonly Impression[];
  about: ReadonlyMap<PostId, PostTraits> | null;
}

/** Notes deeds in what is known of the owner. */
export class EngagementRecorder {
  readonly #own: ViewerState;
  readonly #window: () => HotWindow;

  /** @param window as it is now */
  constructor(own: ViewerState, window: () => HotWindow) {
    this.#own = own;
    this.#window = window;
  }

  /**
   * Remembers what the owner has seen.
   * @returns posts of which it has to be told first what they are; none once it has been taken in
   */
  recordImpressions(report: Report, nowMs: number): PostId[] {
    const posts = report.items.map((item) => item.postId);
    const known = this.#about(posts);
    const unknown = posts.filter((post) => !known.has(post));
    if (report.about === null && unknown.length > 0) return [...new Set(unknown)];
    this.#own.recordImpressions(
      report,
      (post) => known.get(post) ?? report.about?.get(post),
      nowMs,
    );
    return [];
  }

  /** The owner has just done it, or taken it back. @param about null if the caller does not know */
  react({ post, kind, active }: OwnReaction, about: PostTraits | null, nowMs: number): void {
    const times = active ? 1 : -1;
    const delta = kind === "like" ? { likes: times } : { reposts: times };
    const known = this.#about([post]).get(post) ?? about;
    if (known !== null) this.#own.recordEngagement(known, delta, nowMs);
  }

  /** An entry has come in. A reply of the owner's is something they did with what it answers. */
  arrive({ by, post }: Entry, owner: UserId, nowMs: number): void {
    const { author, replyTo } = post;
    if (by !== null || author.id !== owner || replyTo === null || replyTo.author === owner) return;
    const unknown = { people: [replyTo.author], contents: [] };
    this.#own.recordEngagement(
      this.#about([replyTo.id]).get(replyTo.id) ?? unknown,
      { replies: 1 },
      nowMs,
    );
  }

  /** What the window knows of some posts. */
  #about(posts: readonly PostId[]): Map<PostId, PostTraits> {
    const wanted = new Set(posts);
    const known = new Map<PostId, PostTraits>();
    for (const { entry } of this.#window().entries()) {
      const post = entry.post.id;
      if (wanted.has(post) && !known.has(post)) known.set(post, traitsOfEntry(entry));
    }
    return known;
  }
}
