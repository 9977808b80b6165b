/**
 * What a home timeline shows its owner: its window, filtered by whom they follow, pull and hide
 * now, with their reactions to the posts on it. It changes nothing but the numbers given to frames.
 */
import { type PostTraits, traitsOfEntry } from "../../feed/rank/engagement-history.ts";
import {
  type EntryChange,
  type Entry,
  entryAuthor,
  peopleAbout,
} from "../../feed/timeline/entry.ts";
import { belongs, type Viewer } from "../../feed/timeline/filter.ts";
import type { HotWindow } from "../../feed/timeline/hot-window.ts";
import type { Id, PostId, UserId } from "../../feed/ids.ts";
import {
  RANK_CANDIDATES_MAX,
  RANK_PERSON_MAX_CANDIDATES,
  REPLAY_MAX_CHANGES,
} from "../../feed/limits.ts";
import { entrySeenBy } from "../../feed/timeline/parents.ts";
import { presentEntry } from "../../feed/timeline/present.ts";
import { type SeenBefore, type ViewerFacts, withPeople } from "../../feed/rank/facts.ts";
import { shortlist } from "../../feed/rank/shortlist.ts";
import type { Frame } from "../../feed/wire.ts";
import type { PulledAuthor } from "./author-modes.ts";
import type { PulledChanges } from "../../feed/delivery/notices.ts";
import type { Stores } from "./store.ts";
import type { OwnChanges, ViewerOfPost } from "./viewer-state.ts";
import {
  mergeByTime,
  type WindowQuery,
  readSlice,
  replay,
  shownEntries,
  type WindowSlice,
} from "./window-read.ts";

/** The owner's reactions to some posts. */
export interface ViewerReactions {
  viewerOf: Record<PostId, ViewerOfPost>;
  /** Posts for which only the store has the owner's reactions. */
  unknown: PostId[];
  /** Posts whose counts the owner has just changed. */
  ownChanges: OwnChanges;
}

/** Those of some accounts whom the owner follows, and those whom they do not see. */
export interface RelationsTo {
  followed: UserId[];
  /** Muted by the owner, or one of the two has blocked the other. */
  hidden: UserId[];
}

/** The owner's engagement with some posts and people, which ranking reads. */
export interface RankingContext {
  viewer: ViewerFacts;
  /** For the posts that the owner has seen. */
  seen: Record<PostId, SeenBefore>;
  /** Those of the posts that the owner has answered; left out by earlier versions of the object. */
  answered?: PostId[];
}

/** What a timeline adds to candidates that come from elsewhere. */
export interface CandidateContext extends RankingContext, ViewerReactions {
  /** The entries that show their posts in the window, if any. */
  occurrences: Record<PostId, Id>;
}

/** The number of the newest change that an answer has; a socket opened with it misses nothing. */
interface AsOf {
  seq: number;
}

/** The most promising entries of the window, and what merging pulled authors' posts needs. */
export interface Shortlist extends RankingContext, ViewerReactions, AsOf {
  /** Best first. */
  entries: Entry[];
  /** The newest shown entry of the window; null if it shows none. */
  newest: Id | null;
  /** Whether `entries` are all shown entries of the window. */
  whole: boolean;
  floor: Id;
  pulled: WindowPage["pulled"];
}

/** A page's part of the window, and what merging it with pulled authors' posts needs. */
export interface WindowPage extends WindowSlice, ViewerReactions, AsOf {
  /** The window's horizon. */
  floor: Id;
  /** Whom the owner follows and pulls, unless they are hidden. */
  pulled: PulledAuthor[];
}

export class TimelineView {
  readonly #owner: UserId;
  readonly #stores: Stores;
  readonly #window: () => HotWindow;
  readonly #filter: Viewer;
  /** All shown entries, each original once, newest first; null after a change. */
  #shown: readonly Entry[] | null = null;
  #answered: ReadonlySet<PostId> | null = null;

  /** @param window gives the window as it is now */
  constructor(stores: Stores, owner: UserId, window: () => HotWindow) {
    this.#owner = owner;
    this.#stores = stores;
    this.#window = window;
    this.#filter = {
      id: owner,
      follows: (user) => stores.follows.has(user),
      hides: (user) => stores.viewer.hides(user),
    };
  }

  /** The part of the window that a page needs, filtered, with each original once. */
  read(query: WindowQuery): WindowPage {
    const window = this.#window();
    const slice = this.#seen(readSlice(window, (entry) => this.isShown(entry), query));
    const viewerReactions = this.viewerReactions(slice.entries.map((entry) => entry.post.id));
    const pulled = this.pulled();
    const { seq } = this;
    return { ...slice, ...viewerReactions, floor: window.state.horizon, pulled, seq };
  }

  /** Has the next read look again which entries are shown. */
  forgetShown(): void {
    this.#shown = null;
    this.#answered = null;
  }

  /** The most promising entries of the window, by the first-stage ranker. */
  shortlist(nowMs: number): Shortlist {
    const window = this.#window();
    const shown = this.#allShown();
    const { engagement } = this.#stores;
    const facts = engagement.facts(this.#owner);
    const limit = { max: RANK_CANDIDATES_MAX, each: RANK_PERSON_MAX_CANDIDATES, nowMs };
    const entries = shortlist(facts, shown, (post) => engagement.seen(post), limit);
    const posts = entries.map((entry) => entry.post.id);
    const pulled = this.pulled();
    const people = entries.flatMap(peopleAbout);
    return {
      ...this.#seen({ entries }),
      newest: shown[0]?.id ?? null,
      whole: entries.length === shown.length,
      floor: window.state.horizon,
      ...this.viewerReactions(posts),
      ...this.rankingContext(posts, [...people, ...pulled.map(({ author }) => author)]),
      pulled,
      seq: this.seq,
    };
  }

  /** Of the listed entries, those shown in a scroll that began at `top`, in the given order. */
  readListed(ids: readonly Id[], top: Id): WindowPage {
    const window = this.#window();
    const shown = shownEntries(window, (entry) => this.isShown(entry), top);
    const byId = new Map(shown.map((entry) => [entry.id, entry]));
    const entries = ids.flatMap((id) => byId.get(id) ?? []);
    const { horizon } = window.state;
    return {
      ...this.#seen({ entries }),
      above: [],
      horizon,
      floor: horizon,
      ...this.viewerReactions(entries.map((entry) => entry.post.id)),
      pulled: this.pulled(),
      seq: this.seq,
    };
  }

  /** The owner's engagement with some posts and people. */
  rankingContext(posts: readonly PostId[], people: readonly UserId[]): RankingContext {
    const { engagement } = this.#stores;
    const viewer = withPeople(engagement.facts(this.#owner), people);
    const seen = posts.flatMap((post): [PostId, SeenBefore][] => {
      const before = engagement.seen(post);
      return before === null ? [] : [[post, before]];
    });
    const own = this.#answeredByOwner();
    const answered = posts.filter((post) => own.has(post));
    return { viewer, seen: Object.fromEntries(seen), answered };
  }

  /** What ranking needs of candidates that come from elsewhere. */
  candidateContext(posts: readonly PostId[], people: readonly UserId[]): CandidateContext {
    const occurrences = this.#occurrences(posts);
    return { ...this.rankingContext(posts, people), ...this.viewerReactions(posts), occurrences };
  }

  /** Entries without what the owner must not see of parents. */
  #seen<T extends { entries: Entry[] }>(page: T): T {
    return { ...page, entries: page.entries.map((entry) => entrySeenBy(entry, this.#filter)) };
  }

  #allShown(): readonly Entry[] {
    this.#shown ??= shownEntries(this.#window(), (entry) => this.isShown(entry), null);
    return this.#shown;
  }

  /** The posts to which the window has replies of the owner. */
  #answeredByOwner(): ReadonlySet<PostId> {
    this.#answered ??= new Set(
      this.#allShown().flatMap(({ by, post: { author, replyTo } }) =>
        by === null && author.id === this.#owner && replyTo !== null ? [replyTo.id] : [],
      ),
    );
    return this.#answered;
  }

  /** The entries that show some posts in the window: the newest occurrence of each. */
  #occurrences(posts: readonly PostId[]): Record<PostId, Id> {
    const wanted = new Set(posts);
    const shown = this.#allShown();
    return Object.fromEntries(
      shown.filter((entry) => wanted.has(entry.post.id)).map((entry) => [entry.post.id, entry.id]),
    );
  }

  /** The owner's reactions to some posts. */
  viewerReactions(posts: readonly PostId[]): ViewerReactions {
    const reactions = this.#stores.viewer.reactionsTo(posts);
    const unknown = posts.filter((post) => !reactions.has(post));
    return { viewerOf: Object.fromEntries(reactions), unknown, ownChanges: this.ownChanges(posts) };
  }

  /** Those of some posts whose counts the owner has just changed. */
  ownChanges(posts: readonly PostId[]): OwnChanges {
    return this.#stores.viewer.changesOn(posts, Date.now());
  }

  /** Traits of those posts that the window holds. */
  traitsOf(posts: readonly PostId[]): Map<PostId, PostTraits> {
    const wanted = new Set(posts);
    const traits = new Map<PostId, PostTraits>();
    const oldest = posts.toSorted()[0] ?? "";
    for (const { entry } of this.#window().entries()) {
      // No entry is older than its post.
      if (traits.size === wanted.size || entry.id < oldest) break;
      const post = entry.post.id;
      if (wanted.has(post) && !traits.has(post)) traits.set(post, traitsOfEntry(entry));
    }
    return traits;
  }

  /** Whom the owner follows and pulls, unless they are hidden. */
  pulled(): PulledAuthor[] {
    const { modes, follows, viewer } = this.#stores;
    return modes.pulled().filter(({ author }) => follows.has(author) && !viewer.hides(author));
  }

  /** Frames that show a pulled author's changes to open pages; null if the author is not pulled. */
  framesOfPulled(author: UserId, changes: readonly EntryChange[]): Frame[] | null {
    const { follows, modes } = this.#stores;
    if (!follows.has(author) || !modes.isPulled(author)) return null;
    const window = this.#window();
    return changes.flatMap((change) => this.#frameOfPulled(change, () => window.issue()) ?? []);
  }

  /** The frame that shows a change of a pulled author; null if it is not shown. */
  #frameOfPulled(change: EntryChange, number: () => number): Frame | null {
    if (change.kind === "entry") {
      return belongs(change.entry, this.#filter) ? this.postFrame(number(), change.entry) : null;
    }
    // An earlier repost or the original may show in its place, here or in another author's feed.
    if (change.kind === "unrepost") return { type: "resync" };
    return { type: "delete", seq: number(), postId: change.id };
  }

  /** What the filter needs to know of some accounts. */
  relationsTo(users: readonly UserId[]): RelationsTo {
    return {
      followed: users.filter((user) => this.#stores.follows.has(user)),
      hidden: users.filter((user) => this.#stores.viewer.hides(user)),
    };
  }

  /** Everyone the owner follows, muted ones too: a reply to somebody muted still belongs. */
  followees(): UserId[] {
    return this.#stores.follows.followees();
  }

  /** The number of the newest change. */
  get seq(): number {
    return this.#window().now;
  }

  /**
   * The frames since change `since`, in order. It is `resync` if changes since then are forgotten.
   * @param pulled what pulled authors did since then; null if that is unknown
   */
  replay(since: number, pulled: PulledChanges | null): Frame[] {
    if (pulled === null) return [{ type: "resync" }];
    const frameOf = (seq: number, entry: Entry) =>
      this.isShown(entry) ? this.postFrame(seq, entry) : null;
    const tombstones = this.#stores.timeline.tombstonesAfter(since);
    const window = this.#window();
    const own = replay(window, since, frameOf, tombstones);
    if (own === null) return [{ type: "resync" }];
    const { follows, modes } = this.#stores;
    const shown = pulled
      .filter(({ author }) => follows.has(author) && modes.isPulled(author))
      .flatMap(({ changes }) => changes);
    const { frames, newestSeq } = mergeByTime(own, shown, window.now, (change, number) =>
      this.#frameOfPulled(change, number),
    );
    window.skipTo(newestSeq);
    const tooMany = frames.length > REPLAY_MAX_CHANGES;
    return tooMany || frames.some(({ type }) => type === "resync") ? [{ type: "resync" }] : frames;
  }

  /** Whether the window shows a post. */
  showsPost(post: PostId): boolean {
    return [...this.#window().entries()].some(
      ({ entry }) => entry.post.id === post && this.isShown(entry),
    );
  }

  /** Whether an entry of the window is shown: it belongs, and its author is not pulled instead. */
  isShown(entry: Entry): boolean {
    const author = entryAuthor(entry);
    if (author !== this.#owner && this.#stores.modes.isPulled(author)) return false;
    return belongs(entry, this.#filter);
  }

  /** The frame that shows an entry to open pages. */
  postFrame(seq: number, entry: Entry): Frame & { seq: number } {
    const post = entry.post.id;
    const viewer = this.#stores.viewer.reactionsTo([post]).get(post);
    const seen = entrySeenBy(entry, this.#filter);
    return { type: "post", seq, item: presentEntry(seen, this.#owner, { viewer }) };
  }
}
