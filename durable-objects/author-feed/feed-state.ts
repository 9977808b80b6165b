/**
 * What an outbox knows of its author's posts and how it changes. Like a home timeline it is a cache
 * with an exact horizon: a cold one says so, and whoever needs it fills it from the store, while it
 * keeps what is appended meanwhile. It is filled for one epoch; what it missed while the author was
 * pushed, only another filling brings.
 */
import type { Change, Entry } from "../../feed/timeline/entry.ts";
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
import {
  type HeadPage,
  type OlderPage,
  repostsAmong,
} from "../../feed/delivery/author-feed-pages.ts";
import { COLD, type Cold } from "../cold.ts";
import type { Condition, AuthorFeedStore } from "./store.ts";

interface Filling {
  token: string;
  epoch: number;
  /** What was appended while the store was being read; in memory, like the filling itself. */
  changes: Change[];
}

export class FeedState {
  readonly #store: AuthorFeedStore;
  #window: HotWindow;
  #condition: Condition;
  #filling: Filling | null = null;
  #head: HeadPage | null = null;

  constructor(store: AuthorFeedStore) {
    this.#store = store;
    this.#condition = store.condition();
    const state = store.chunks.windowState() ?? emptyState(0);
    this.#window = new HotWindow(store.chunks, state, AUTHOR_FEED_MAX_ENTRIES);
  }

  /** Grows with every change; goes on growing when storage is lost. */
  get version(): number {
    return this.#window.state.seq;
  }

  get warm(): boolean {
    return this.#condition.warm;
  }

  /** Whether the outbox is filled for an epoch in which its author was pulled. */
  serves(epoch: number): boolean {
    return this.#condition.warm && this.#condition.epoch === epoch;
  }

  /**
   * Takes in changes of its author. Those of an epoch before the one it was filled for are in what it
   * was filled with, unless they are deleted.
   * @returns those that were news, or COLD if the author feed has to be filled first
   */
  append(changes: readonly Change[], authorEpoch: number, nowMs: number): Change[] | Cold {
    const epoch = authorFeedEpoch(authorEpoch);
    if (epoch < this.#condition.epoch) return [];
    if (!this.serves(epoch)) return this.#buffer(changes, epoch, nowMs);
    const news = changes.filter((change) => this.#apply(change, nowMs));
    this.#flush();
    return news;
  }

  /** Starts to keep what is appended for a filling; null if the outbox has that epoch or a later one. */
  beginFill(epoch: number, newToken: string): string | null {
    if (epoch < this.#condition.epoch || this.serves(epoch)) return null;
    if (this.#filling?.epoch !== epoch) this.#filling = { token: newToken, epoch, changes: [] };
    return this.#filling.token;
  }

  /**
   * Fills the outbox.
   * @returns what was appended meanwhile, or null if the filling it belongs to is over: begin again
   */
  fill(token: string, slice: Slice, nowMs: number): Change[] | null {
    const filling = this.#filling;
    if (filling?.token !== token) return null;
    this.#store.chunks.dropAllChunks();
    // Versions go on above all that were given before, even if storage was lost: they follow the clock.
    const state = emptyState(Math.max(this.version + 1, nowMs * AUTHOR_FEED_CHANGES_PER_MS));
    state.horizon = slice.horizon;
    this.#window = new HotWindow(this.#store.chunks, state, AUTHOR_FEED_MAX_ENTRIES);
    for (const entry of oldestFirst(slice.entries)) this.#insert(entry);
    const news = filling.changes.filter((change) => this.#apply(change, nowMs));
    this.#filling = null;
    this.#condition = { warm: true, epoch: filling.epoch };
    this.#window.flush();
    this.#store.saveState(this.#condition, this.#window.state);
    return news;
  }

  /** The newest page; many ask for the same one. */
  head(): HeadPage {
    if (this.#head?.version !== this.version || this.#head.epoch !== this.#condition.epoch) {
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
    const { epoch } = this.#condition;
    return { v: 1, epoch, version: this.version, entries, older, horizon, reposts };
  }

  /** An older page; null if there is none of that number any more. */
  page(no: number): OlderPage | null {
    const version = this.#store.chunks.versions().get(no);
    const chunk = [...this.#window.chunks()].find((other) => other.no === no);
    if (version === undefined || chunk === undefined) return null;
    return { v: 1, epoch: this.#condition.epoch, version, entries: chunk.entries };
  }

  #buffer(changes: readonly Change[], epoch: number, nowMs: number): Change[] | Cold {
    const filling = this.#filling;
    if (filling?.epoch !== epoch) {
      // What is deleted stays so, if a slower creation finds the outbox filled.
      for (const change of changes) if (change.kind !== "entry") this.#bury(change.id, nowMs);
      return COLD;
    }
    filling.changes.push(...changes);
    if (filling.changes.length > REBUILD_BUFFER_MAX_CHANGES) this.#filling = null;
    return [];
  }

  /** @returns whether it changed anything */
  #apply(change: Change, nowMs: number): boolean {
    if (change.kind === "entry") return this.#insert(change.entry);
    const { id } = change;
    if (this.#store.isTombstoned(id)) return false;
    this.#bury(id, nowMs);
    if (change.kind === "remove") this.#window.remove((entry) => entry.post.id === id, id);
    else this.#window.remove((entry) => entry.id === id, id);
    return true;
  }

  #bury(id: Id, nowMs: number): void {
    this.#store.bury(id, nowMs, nowMs - TOMBSTONE_TTL_MS);
  }

  #insert(entry: Entry): boolean {
    if (this.#store.isTombstoned(entry.id, entry.post.id)) return false;
    return this.#window.insert(entry) !== null;
  }

  #flush(): void {
    if (!this.#window.flush()) this.#store.saveState(this.#condition, this.#window.state);
  }
}
