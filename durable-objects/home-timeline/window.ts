/**
 * The entries of a home timeline: which ones the hot window accepts, and what a delete removes.
 * Each change returns the frames that show it to open pages; `flush` writes it.
 */
import { type Entry, entryAuthor } from "../../feed/timeline/entry.ts";
import {
  emptyState,
  HotWindow,
  oldestFirst,
  type WindowState,
} from "../../feed/timeline/hot-window.ts";
import { BEGINNING, type Id, type PostId, type UserId } from "../../feed/ids.ts";
import { TOMBSTONE_TTL_MS } from "../../feed/limits.ts";
import type { Slice } from "../../feed/timeline/merge.ts";
import { entryWithoutCopies } from "../../feed/timeline/parents.ts";
import type { Frame } from "../../feed/wire.ts";
import type { Stores, Tombstone } from "./store.ts";
import { TimelineView } from "./timeline-view.ts";

export class TimelineWindow {
  readonly view: TimelineView;
  readonly #stores: Stores;
  readonly #owner: UserId;
  readonly #maxEntries: number;
  readonly #nowMs: () => number;
  #entries: HotWindow;

  constructor(stores: Stores, owner: UserId, maxEntries: number, nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#stores = stores;
    this.#owner = owner;
    this.#maxEntries = maxEntries;
    this.#entries = this.#open(stores.timeline.chunks.windowState() ?? emptyState(0));
    this.view = new TimelineView(stores, owner, () => this.#entries);
  }

  get state(): Readonly<WindowState> {
    return this.#entries.state;
  }

  /**
   * Adds an entry as it is delivered, in some epoch of its author. It refuses authors who are not
   * followed or who are pulled, and entries with a tombstone.
   * @param watched whether somebody gets the frames; most deliveries come while nobody does
   */
  insert(entry: Entry, epoch: number, watched = false): Frame[] {
    const { timeline, follows, modes, hidden } = this.#stores;
    const author = entryAuthor(entry);
    if (author !== this.#owner && !(follows.has(author) && modes.accepts(author, epoch))) return [];
    if (timeline.isTombstoned(entry.id, entry.post.id)) return [];
    if (hidden.hasAny(author, entry.post.author.id)) return [];
    const current = entryWithoutCopies(entry, (parent) => timeline.isTombstoned(parent));
    const seq = this.#entries.insert(current);
    if (!watched || seq === null || !this.view.isShown(current)) return [];
    return [this.view.postFrame(seq, current)];
  }

  /** Merges entries from the store. If they were cut off, the horizon rises to the cut. */
  merge(slice: Slice, epoch: number): void {
    for (const entry of oldestFirst(slice.entries)) this.insert(entry, epoch);
    this.#entries.raiseHorizon(slice.horizon);
  }

  /** Removes a post, and what replies show of it. Pages that show such a reply get the same frame. */
  removePost(id: PostId, nowMs: number): Frame[] {
    if (this.#stores.timeline.isTombstoned(id)) return [];
    const seq = this.#entries.removePost(id);
    this.#addTombstone({ id, seq, post: id }, nowMs);
    return [{ type: "delete", seq, postId: id }];
  }

  /**
   * Removes a repost. An earlier repost of the post, or the original, may show in its place: below
   * the top, where no frame can put it, so pages read again. If nothing does, pages drop the post.
   */
  removeRepost({ id, post }: { id: Id; post: PostId }, nowMs: number): Frame[] {
    if (this.#stores.timeline.isTombstoned(id)) return [];
    const seq = this.#entries.remove((entry) => entry.id === id, id);
    this.#addTombstone({ id, seq, post }, nowMs);
    // A pulled author may have reposted it too.
    const mayStillShow = this.view.showsPost(post) || this.view.pulled().length > 0;
    return mayStillShow ? this.forgetHistory() : [{ type: "delete", seq, postId: post }];
  }

  /**
   * Whether the window has an entry of an author that is not among these, which are newest first: an
   * older entry than all of them does not count.
   */
  hasMoreThan(author: UserId, entries: readonly Id[]): boolean {
    const listed = new Set(entries);
    const oldest = entries.at(-1) ?? BEGINNING;
    for (const { entry } of this.#entries.entries()) {
      if (entry.id < oldest) return false;
      if (entryAuthor(entry) === author && !listed.has(entry.id)) return true;
    }
    return false;
  }

  /** Removes all entries of an author. */
  dropAuthor(author: UserId): Frame[] {
    this.#entries.remove((entry) => entryAuthor(entry) === author);
    return this.forgetHistory();
  }

  /** Removes all entries that an account has brought or written. */
  dropAccount(account: UserId): Frame[] {
    this.#entries.removeAccount(account);
    return this.forgetHistory();
  }

  /** Makes pages read again, now and when their sockets return: no frame can show the change. */
  forgetHistory(): Frame[] {
    this.#entries.forgetHistory();
    return [{ type: "resync" }];
  }

  /** Drops all entries and continues from a new state. */
  restart(state: WindowState): void {
    this.#stores.timeline.chunks.dropAllChunks();
    this.#entries = this.#open(state);
  }

  /** Writes what changed. @returns whether the state is stored too; if not, the caller stores it */
  flush(): boolean {
    return this.#entries.flush();
  }

  #addTombstone(tombstone: Tombstone, nowMs: number): void {
    const { timeline } = this.#stores;
    this.#entries.raiseFloor(timeline.pruneTombstones(nowMs - TOMBSTONE_TTL_MS));
    timeline.saveTombstone(tombstone, nowMs);
  }

  #open(state: WindowState): HotWindow {
    return new HotWindow(this.#stores.timeline.chunks, state, this.#maxEntries, this.#nowMs);
  }
}
