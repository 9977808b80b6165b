/**
 * What a home timeline shows its owner: its window, filtered by whom they follow, pull and hide now,
 * with what they did to the posts on it. It changes nothing.
 */
import { type Change, type Entry, entryAuthor } from "../../feed/timeline/entry.ts";
import { belongs, type Viewer } from "../../feed/timeline/filter.ts";
import type { HotWindow } from "../../feed/timeline/hot-window.ts";
import type { Id, PostId, UserId } from "../../feed/ids.ts";
import { FOLLOWING_MAX, RANK_CANDIDATES_MAX } from "../../feed/limits.ts";
import { presentEntry } from "../../feed/timeline/present.ts";
import { type SeenBefore, type ViewerFacts, withPeople } from "../../feed/rank/facts.ts";
import { shortlist } from "../../feed/rank/shortlist.ts";
import type { Frame } from "../../feed/wire.ts";
import type { Modes } from "./modes.ts";
import type { TimelineStore } from "./store.ts";
import type { ViewerOfPost, ViewerState } from "./viewer-state.ts";
import {
  type WindowQuery,
  readSlice,
  replay,
  shownEntries,
  type WindowSlice,
} from "./window-read.ts";

/** What the owner did to some posts. */
export interface ViewerReactions {
  viewerOf: Record<PostId, ViewerOfPost>;
  /** Posts of which only the store knows what the owner did to them. */
  unknown: PostId[];
}

/** How the owner stands to some posts and people: what ranking goes by. */
export interface RankingContext {
  viewer: ViewerFacts;
  /** Of the posts that the owner has seen. */
  seen: Record<PostId, SeenBefore>;
}

/** What a timeline knows of entries that are not its own. */
export interface CandidateContext extends RankingContext, ViewerReactions {
  /** Where the window shows their posts, if it does. */
  occurrences: Record<PostId, Id>;
}

/** What of the window has the best prospects, and what has to be known to merge what is pulled. */
export interface Shortlist extends RankingContext, ViewerReactions {
  /** Best first. */
  entries: Entry[];
  /** The newest that is shown at all; null if nothing is. */
  newest: Id | null;
  /** Whether `entries` are all that is shown of the window. */
  whole: boolean;
  floor: Id;
  pulled: WindowPage["pulled"];
  hidden: UserId[];
}

/** A page's part of the window, and what has to be known to merge it with what is pulled. */
export interface WindowPage extends WindowSlice, ViewerReactions {
  /** Down to here the window is complete. */
  floor: Id;
  /** Whom the owner follows and pulls, unless they are hidden. */
  pulled: { author: UserId; epoch: number }[];
  /** Whom the owner has muted, or either has blocked; left empty where nobody is pulled. */
  hidden: UserId[];
}

export class TimelineView {
  readonly owner: UserId;
  readonly #store: TimelineStore;
  readonly #own: ViewerState;
  readonly #modes: Modes;
  readonly #window: () => HotWindow;
  readonly #viewer: Viewer;
  #followees: Set<UserId> | null = null;
  /** Of those who were asked about, whether they are followed. */
  readonly #asked = new Map<UserId, boolean>();

  /** @param window as it is now */
  constructor(
    { store, own, modes }: { store: TimelineStore; own: ViewerState; modes: Modes },
    owner: UserId,
    window: () => HotWindow,
  ) {
    this.owner = owner;
    this.#store = store;
    this.#own = own;
    this.#modes = modes;
    this.#window = window;
    this.#viewer = {
      id: owner,
      follows: (user) => this.#follows(user),
      hides: (user) => this.#own.hides(user),
    };
  }

  /** The part of the window that a page needs, filtered, with each original once. */
  read(ask: WindowQuery): WindowPage {
    const window = this.#window();
    const slice = readSlice(window, (entry) => this.isShown(entry), ask);
    const viewerReactions = this.viewerReactions(slice.entries.map((entry) => entry.post.id));
    const pulled = this.pulled();
    const hidden = pulled.length === 0 ? [] : this.#own.hidden();
    return { ...slice, ...viewerReactions, floor: window.state.horizon, pulled, hidden };
  }

  /** What of the window has the best prospects, by the light stage. */
  shortlist(nowMs: number): Shortlist {
    const window = this.#window();
    const shown = shownEntries(window, (entry) => this.isShown(entry), null);
    const facts = this.#own.facts(this.owner);
    const limit = { max: RANK_CANDIDATES_MAX, nowMs };
    const entries = shortlist(facts, shown, (post) => this.#own.seen(post), limit);
    const posts = entries.map((entry) => entry.post.id);
    const pulled = this.pulled();
    const people = entries.flatMap((entry) => [entry.post.author.id, entryAuthor(entry)]);
    return {
      entries,
      newest: shown[0]?.id ?? null,
      whole: entries.length === shown.length,
      floor: window.state.horizon,
      ...this.viewerReactions(posts),
      ...this.rankingContext(posts, [...people, ...pulled.map(({ author }) => author)]),
      pulled,
      hidden: pulled.length === 0 ? [] : this.#own.hidden(),
    };
  }

  /** Those of some entries that are shown in a scroll that began at `top`, in the given order. */
  listed(ids: readonly Id[], top: Id): WindowPage {
    const window = this.#window();
    const shown = shownEntries(window, (entry) => this.isShown(entry), top);
    const byId = new Map(shown.map((entry) => [entry.id, entry]));
    const entries = ids.flatMap((id) => byId.get(id) ?? []);
    const { horizon } = window.state;
    return {
      entries,
      above: [],
      horizon,
      floor: horizon,
      ...this.viewerReactions(entries.map((entry) => entry.post.id)),
      pulled: this.pulled(),
      hidden: this.#own.hidden(),
    };
  }

  /** How the owner stands to some posts and people. */
  rankingContext(posts: readonly PostId[], people: readonly UserId[]): RankingContext {
    const viewer = withPeople(this.#own.facts(this.owner), people);
    const seen = posts.flatMap((post): [PostId, SeenBefore][] => {
      const before = this.#own.seen(post);
      return before === null ? [] : [[post, before]];
    });
    return { viewer, seen: Object.fromEntries(seen) };
  }

  /** Where the window shows some posts: at their newest occurrence. */
  occurrences(posts: readonly PostId[]): Record<PostId, Id> {
    const wanted = new Set(posts);
    const shown = shownEntries(this.#window(), (entry) => this.isShown(entry), null);
    return Object.fromEntries(
      shown.filter((entry) => wanted.has(entry.post.id)).map((entry) => [entry.post.id, entry.id]),
    );
  }

  /** What the owner did to some posts. */
  viewerReactions(posts: readonly PostId[]): ViewerReactions {
    const known = this.#own.of(posts);
    const unknown = posts.filter((post) => !known.has(post));
    return { viewerOf: Object.fromEntries(known), unknown };
  }

  /** Whom the owner follows and pulls, unless they are hidden. */
  pulled(): { author: UserId; epoch: number }[] {
    return this.#modes
      .pulled()
      .filter(({ author }) => this.#follows(author) && !this.#own.hides(author));
  }

  /** What open pages are told of a pulled author's changes; null if the author is not pulled here. */
  framesOfPulled(author: UserId, changes: readonly Change[]): Frame[] | null {
    if (!this.#follows(author) || !this.#modes.isPulled(author)) return null;
    const { seq } = this.#window().state;
    return changes.flatMap((change): Frame[] => {
      if (change.kind === "entry") {
        return belongs(change.entry, this.#viewer) ? [this.postFrame(seq, change.entry)] : [];
      }
      const postId = change.kind === "remove" ? change.id : change.post;
      const stands = change.kind === "unrepost" && this.stands(postId);
      return [stands ? { type: "resync" } : { type: "delete", seq, postId }];
    });
  }

  /** Those of some accounts that the owner follows. */
  followed(users: readonly UserId[]): UserId[] {
    return users.filter((user) => this.#follows(user));
  }

  /** Whom the owner follows, muted ones too: a reply to somebody muted still belongs. */
  followees(): UserId[] {
    return [...this.#loadFollowees()];
  }

  /**
   * The frames a page missed since change `since`, in order; `resync` if that can't be told, as where
   * anybody is pulled: what their outboxes told while no page was open, nobody has counted.
   */
  replay(since: number): Frame[] {
    if (this.pulled().length > 0) return [{ type: "resync" }];
    const frameOf = (seq: number, entry: Entry) =>
      this.isShown(entry) ? this.postFrame(seq, entry) : null;
    return replay(this.#window(), since, frameOf, this.#store.tombstonesAfter(since));
  }

  /** Whether the window shows a post. */
  stands(post: PostId): boolean {
    return [...this.#window().entries()].some(
      ({ entry }) => entry.post.id === post && this.isShown(entry),
    );
  }

  /** Whether an entry of the window is shown: it belongs, and its author is not pulled instead. */
  isShown(entry: Entry): boolean {
    const author = entryAuthor(entry);
    if (author !== this.owner && this.#modes.isPulled(author)) return false;
    return belongs(entry, this.#viewer);
  }

  /** Whom the owner follows has changed. */
  noteFollow(author: UserId, following: boolean): void {
    this.#asked.delete(author);
    if (following) this.#followees?.add(author);
    else this.#followees?.delete(author);
  }

  /** Whom the owner follows is to be read anew. */
  forgetFollows(): void {
    this.#followees = null;
    this.#asked.clear();
  }

  /** The frame that shows an entry to open pages. */
  postFrame(seq: number, entry: Entry): Frame & { seq: number } {
    const viewer = this.#own.of([entry.post.id]).get(entry.post.id);
    return { type: "post", seq, item: presentEntry(entry, this.owner, { viewer }) };
  }

  #follows(user: UserId): boolean {
    return this.#followees?.has(user) ?? this.#asked.get(user) ?? this.#askFollow(user);
  }

  /** A page asks about each of its entries, and most of them are of few people. */
  #askFollow(user: UserId): boolean {
    if (this.#asked.size >= FOLLOWING_MAX) this.#asked.clear();
    const follows = this.#store.follow(user)?.active === true;
    this.#asked.set(user, follows);
    return follows;
  }

  #loadFollowees(): Set<UserId> {
    this.#followees ??= new Set(this.#store.followees());
    return this.#followees;
  }
}
