/**
 * The posts of an author feed and how they change. Like a home timeline it is a cache with an exact
 * horizon. A cold one says so; the caller fills it from the store, while it buffers what is
 * appended. It is filled for one epoch: it misses what the author writes while they are pushed, so
 * their next pulled epoch needs another fill.
 */
import type { EntryChange, Entry } from "../../feed/timeline/entry.ts";
import { authorFeedEpoch } from "../../feed/delivery/delivery-mode.ts";
import { emptyState, HotWindow, oldestFirst } from "../../feed/timeline/hot-window.ts";
import type { Id } from "../../feed/ids.ts";
import {
  AUTHOR_FEED_CHANGES_PER_MS,
  AUTHOR_FEED_HEAD_ENTRIES,
  AUTHOR_FEED_MAX_ENTRIES,
  REBUILD_BUFFER_MAX_CHANGES,
  TOMBSTONE_TTL_MS,
} from "../../feed/limits.ts";
import type { Slice } from "../../feed/timeline/merge.ts";
import { entryWithoutCopies } from "../../feed/timeline/parents.ts";
import {
  type HeadPage,
  type OlderPage,
  repostsAmong,
} from "../../feed/delivery/author-feed-pages.ts";
import { COLD, type Cold } from "../cold.ts";
import type { AuthorFeedStore, FeedStatus } from "./store.ts";

/** Changes were taken, at once or into a buffer; `applied` are those that were news. */
interface Appended {
  status: "kept";
  applied: EntryChange[];
}

/** A fill under way; in memory, so that it ends with the object. */
interface Fill {
  token: string;
  epoch: number;
  /** What was appended while the caller reads the store. */
  changes: EntryChange[];
}

export class FeedState {
  readonly #store: AuthorFeedStore;
  #window: HotWindow;
  #status: FeedStatus;
  #fillUnderWay: Fill | null = null;
  #head: HeadPage | null = null;

  constructor(store: AuthorFeedStore) {
    this.#store = store;
    this.#status = store.status();
    const state = store.chunks.windowState() ?? emptyState(0);
    this.#window = new HotWindow(store.chunks, state, AUTHOR_FEED_MAX_ENTRIES);
  }

  /** Grows with every change, and continues above all earlier versions when storage is lost. */
  get version(): number {
    return this.#window.state.seq;
  }

  /** When the feed was filled, in milliseconds since 1970; now if it is cold. */
  filledMs(nowMs: number): number {
    if (!this.#status.warm) return nowMs;
    return Math.ceil(this.#window.state.floor / AUTHOR_FEED_CHANGES_PER_MS);
  }

  get warm(): boolean {
    return this.#status.warm;
  }

  /** Whether the feed is filled for this epoch, in which its author was pulled. */
  serves(epoch: number): boolean {
    return this.#status.warm && this.#status.epoch === epoch;
  }

  /**
   * Applies changes of its author. It ignores those of an epoch before the one it was filled for:
   * the fill brought their posts, unless they were deleted.
   */
  append(changes: readonly EntryChange[], authorEpoch: number, nowMs: number): Appended | Cold {
    const epoch = authorFeedEpoch(authorEpoch);
    if (epoch < this.#status.epoch) return { status: "kept", applied: [] };
    if (!this.serves(epoch)) return this.#buffer(changes, epoch, nowMs);
    const applied = changes.flatMap((change) => this.#apply(change, nowMs) ?? []);
    this.#flush();
    return { status: "kept", applied };
  }

  /** Starts to buffer changes for a fill; null if the feed serves that epoch or a later one. */
  beginFill(epoch: number, newToken: string): string | null {
    if (epoch < this.#status.epoch || this.serves(epoch)) return null;
    if (this.#fillUnderWay?.epoch !== epoch) {
      this.#fillUnderWay = { token: newToken, epoch, changes: [] };
    }
    return this.#fillUnderWay.token;
  }

  /**
   * Ends a fill.
   * @returns the buffered changes that were news, or null if that fill is over: begin again
   */
  fill(token: string, slice: Slice, nowMs: number): EntryChange[] | null {
    const fill = this.#fillUnderWay;
    if (fill?.token !== token) return null;
    this.#store.chunks.dropAllChunks();
    // Versions continue above all earlier ones even if storage was lost, because they follow the
    // clock.
    const state = emptyState(Math.max(this.version + 1, nowMs * AUTHOR_FEED_CHANGES_PER_MS));
    state.horizon = slice.horizon;
    this.#window = new HotWindow(this.#store.chunks, state, AUTHOR_FEED_MAX_ENTRIES);
    for (const entry of oldestFirst(slice.entries)) this.#insert(entry);
    const applied = fill.changes.flatMap((change) => this.#apply(change, nowMs) ?? []);
    this.#fillUnderWay = null;
    this.#status = { warm: true, epoch: fill.epoch };
    this.#window.flush();
    this.#store.saveState(this.#status, this.#window.state);
    return applied;
  }

  /**
   * Makes the feed cold, so that it is filled from the store. Its tombstones stay, and a fill under way starts over.
   * @param newest the newest entry that the store has got meanwhile; a feed that ends above it stays
   */
  forget(newest: Id | null): void {
    this.#fillUnderWay = null;
    if (newest !== null && newest < this.#window.state.horizon) return;
    this.#status = { ...this.#status, warm: false };
    this.#store.saveState(this.#status, this.#window.state);
  }

  /** The newest page. It is made once for each version, because many readers ask for it. */
  head(): HeadPage {
    if (this.#head?.version !== this.version || this.#head.epoch !== this.#status.epoch) {
      this.#head = this.#makeHead();
    }
    return this.#head;
  }

  #makeHead(): HeadPage {
    const versions = this.#store.chunks.versions();
    const entries: Entry[] = [];
    const older: HeadPage["older"] = [];
    const reposts: HeadPage["reposts"] = [];
    for (const chunk of this.#window.chunks()) {
      if (entries.length < AUTHOR_FEED_HEAD_ENTRIES) {
        entries.push(...chunk.entries);
        continue;
      }
      const version = versions.get(chunk.no) ?? this.version;
      older.push({ no: chunk.no, oldest: chunk.oldest, version });
      reposts.push(...repostsAmong(chunk.entries));
    }
    const { horizon } = this.#window.state;
    const { epoch } = this.#status;
    return { v: 1, epoch, version: this.version, entries, older, horizon, reposts };
  }

  /** An older page; null if none has that number any more. */
  page(no: number): OlderPage | null {
    const version = this.#store.chunks.versions().get(no);
    const chunk = [...this.#window.chunks()].find((other) => other.no === no);
    if (version === undefined || chunk === undefined) return null;
    return { v: 1, epoch: this.#status.epoch, version, entries: chunk.entries };
  }

  #buffer(changes: readonly EntryChange[], epoch: number, nowMs: number): Appended | Cold {
    const fill = this.#fillUnderWay;
    if (fill?.epoch !== epoch) {
      // The tombstone beats a slower create that arrives when the feed is filled.
      for (const change of changes)
        if (change.kind !== "entry") this.#addTombstone(change.id, nowMs);
      return COLD;
    }
    fill.changes.push(...changes);
    if (fill.changes.length > REBUILD_BUFFER_MAX_CHANGES) this.#fillUnderWay = null;
    return { status: "kept", applied: [] };
  }

  /** @returns the change as it was applied, which copies no deleted post; null if it changed nothing */
  #apply(change: EntryChange, nowMs: number): EntryChange | null {
    if (change.kind === "entry") {
      const entry = this.#insert(change.entry);
      return entry === null ? null : { ...change, entry };
    }
    const { id } = change;
    if (this.#store.isTombstoned(id)) return null;
    this.#addTombstone(id, nowMs);
    if (change.kind === "remove") this.#window.removePost(id);
    else this.#window.remove((entry) => entry.id === id, id);
    return change;
  }

  #addTombstone(id: Id, nowMs: number): void {
    this.#store.saveTombstone(id, nowMs, nowMs - TOMBSTONE_TTL_MS);
  }

  #insert(entry: Entry): Entry | null {
    if (this.#store.isTombstoned(entry.id, entry.post.id)) return null;
    const current = entryWithoutCopies(entry, (parent) => this.#store.isTombstoned(parent));
    return this.#window.insert(current) === null ? null : current;
  }

  #flush(): void {
    if (!this.#window.flush()) this.#store.saveState(this.#status, this.#window.state);
  }
}
