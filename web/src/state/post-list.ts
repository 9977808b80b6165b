/** A list of posts on the page: reads pages, applies changes, remembers where the reader was. */
import type { Post, Timeline } from "../../../client/src/wire.ts";
import { readNewest } from "../net/api.ts";
import { type Change, onChange, postAfter } from "./changes.ts";
import { asFailure } from "../net/failure.ts";
import { createStore } from "./store.ts";
import {
  EMPTY_TIMELINE,
  itemOf,
  type ListItem,
  type ReadPage,
  type TimelineAction,
  timelineReducer,
} from "./list-reducer.ts";

/** A ranked list older than this is read again when the reader opens it at the top. */
const RANKING_FRESH_MS = 5 * 60 * 1000;
/**
 * The server sends counts of the posts of a page for ten minutes, so the list reads chunks on screen
 * again before that.
 */
const COUNTS_FRESH_MS = 8 * 60 * 1000;

/** Posts that arrive within this time share one read. */
const WATCH_ARRIVED_AFTER_MS = 500;
/** Pages that such a read takes, at most. */
const WATCH_PAGES_MAX = 5;

/** Where a list reads from, and which changes belong to it. */
export interface ListSource {
  read(cursor: string | null): Promise<ReadPage>;
  /** Whether it shows new posts from the live socket. */
  live: boolean;
  /** Whether a new post of the reader belongs on top. */
  takesOwn(post: Post): boolean;
  /** The post that all posts of the list answer. */
  repliesTo?: string;
}

export class PostList {
  readonly state = createStore(EMPTY_TIMELINE);
  /** Drawn height of each chunk by its key, in CSS pixels. */
  readonly heights = new Map<number, number>();
  /** Where each visit left the list: a post, and its distance from the top of the window in pixels. */
  readonly anchors = new Map<string, { postId: string; top: number; focused: boolean }>();
  /** Whether the list is in the document. */
  mounted = false;
  readonly #source: ListSource;
  readonly #unlisten: () => void;
  /** When each chunk was last read, by its key. */
  readonly #readMs = new Map<number, number>();
  #topReadMs = 0;
  /** Shown posts that arrived live and have not been read since. */
  readonly #unwatched = new Set<string>();
  #watching: ReturnType<typeof setTimeout> | undefined;
  /** The number of reads from the top; the answer to an earlier one is dropped. */
  #reads = 0;

  constructor(source: ListSource) {
    this.#source = source;
    this.#unlisten = onChange((change) => this.#take(change));
  }

  /** Whether new posts come by themselves. */
  get live(): boolean {
    return this.#source.live;
  }

  close(): void {
    this.#unlisten();
    clearTimeout(this.#watching);
    this.#reads++;
  }

  /**
   * Opens the list in the document. A reader who comes back to their place finds the list as it was,
   * with new posts behind the pill; a reader who starts at the top sees the newest posts.
   */
  open(atTop: boolean): void {
    this.mounted = true;
    const { loaded, reading, order, stale } = this.state.get();
    if (!loaded) {
      if (reading === null) void this.reload();
      return;
    }
    if (!atTop) return;
    const outranked = order === "ranked" && Date.now() - this.#topReadMs > RANKING_FRESH_MS;
    if (outranked || stale) void this.reload();
    else this.showWaiting();
  }

  /** Reads the list again from the top. */
  reload(): Promise<void> {
    return this.#read("top");
  }

  /** Reads the next page, if there is one and no read is under way. */
  async more(): Promise<void> {
    const { next, reading } = this.state.get();
    if (next !== null && reading === null) await this.#read("end");
  }

  /** Repeats the read that failed. */
  again(): Promise<void> {
    const { loaded, stale } = this.state.get();
    return loaded && !stale ? this.more() : this.reload();
  }

  /** Shows the waiting posts on top; the caller scrolls there. */
  showWaiting(): void {
    if (this.state.get().stale) void this.reload();
    else {
      this.#arrived(this.state.get().waiting.map(({ post }) => post.id));
      this.#dispatch({ type: "show" });
    }
  }

  /** Reads the chunks on screen again whose counts the server may have stopped sending. */
  async freshen(keys: ReadonlySet<number>): Promise<void> {
    for (const { key, cursor, items } of this.state.get().chunks) {
      const readMs = this.#readMs.get(key) ?? this.#topReadMs;
      if (!keys.has(key) || Date.now() - readMs < COUNTS_FRESH_MS) continue;
      this.#readMs.set(key, Date.now());
      if (cursor === undefined) this.#arrived(items.map(({ post }) => post.id));
      else await this.#refresh(() => this.#source.read(cursor));
    }
  }

  /**
   * Reads posts that arrived live, once, when they are shown: the server sends counts only for posts
   * that it has served in a page.
   */
  #arrived(postIds: readonly string[]): void {
    if (!this.#source.live || postIds.length === 0) return;
    for (const id of postIds) this.#unwatched.add(id);
    this.#watching ??= setTimeout(() => {
      const wanted = new Set(this.#unwatched);
      this.#unwatched.clear();
      this.#watching = undefined;
      void this.#watch(wanted);
    }, WATCH_ARRIVED_AFTER_MS);
  }

  /** Reads the newest posts until all wanted ones were among them: others may be newer still. */
  async #watch(wanted: Set<string>): Promise<void> {
    let cursor: string | null = null;
    for (let page = 0; page < WATCH_PAGES_MAX && wanted.size > 0; page++) {
      const read: Timeline | null = await this.#refresh(() => readNewest(wanted.size, cursor));
      for (const { post } of read?.items ?? []) wanted.delete(post.id);
      cursor = read?.next ?? null;
      if (cursor === null) return;
    }
  }

  async #read(from: "top" | "end"): Promise<void> {
    const read = from === "top" ? ++this.#reads : this.#reads;
    const cursor = from === "top" ? null : this.state.get().next;
    this.#dispatch({ type: "reading", from });
    try {
      const answer = await this.#source.read(cursor);
      if (read !== this.#reads) return;
      if (from === "top") {
        this.heights.clear();
        this.#topReadMs = Date.now();
      }
      this.#readMs.set(this.state.get().keys, Date.now());
      this.#dispatch({ type: "page", ...answer });
    } catch (thrown) {
      const failure = asFailure(thrown);
      if (read === this.#reads) this.#dispatch({ type: "failed", failure });
    }
  }

  /** Reads the first page again, for posts made between the first read and the socket's opening. */
  async #catchUp(): Promise<void> {
    const read = await this.#refresh(() => this.#source.read(null));
    if (read !== null) this.#dispatch({ type: "head", items: read.items });
  }

  /** Reads posts again and applies their counts; null if the read failed. */
  async #refresh<Page extends { items: readonly ListItem[] }>(
    readAgain: () => Promise<Page>,
  ): Promise<Page | null> {
    const read = this.#reads;
    if (read === 0) return null;
    try {
      const answer = await readAgain();
      if (read !== this.#reads) return null;
      const { items } = answer;
      const fresh = new Map(items.map(({ post }) => [post.id, post]));
      this.#dispatch({
        type: "changed",
        change: (post) => {
          const { counts, viewer } = fresh.get(post.id) ?? post;
          if (counts === post.counts) return post;
          return viewer === undefined ? { ...post, counts } : { ...post, counts, viewer };
        },
      });
      return answer;
    } catch (thrown) {
      asFailure(thrown); // the list stays as it is, and live posts still arrive
      return null;
    }
  }

  #take(change: Change): void {
    this.#takeAnywhere(change);
    if (this.#source.live) this.#takeLive(change);
    const { repliesTo } = this.#source;
    if (change.type === "counts" && change.postId === repliesTo) {
      const known = this.state.get().chunks.reduce((sum, { items }) => sum + items.length, 0);
      if (change.counts.replies > known) void this.#catchUp();
    }
  }

  #takeAnywhere(change: Change): void {
    switch (change.type) {
      case "delete":
        this.#dispatch({ type: "deleted", postId: change.postId });
        break;
      case "profile":
        this.#dispatch({ type: "renamed", user: change.user });
        return;
      case "writing":
        if (this.#source.takesOwn(change.post)) {
          const item: ListItem = { ...itemOf(change.post, "self"), sending: true };
          this.#dispatch({ type: "arrived", items: [item], show: true });
        }
        break;
      case "mine":
        this.#dispatch({ type: "sent", writtenAs: change.writtenAs, post: change.post });
        if (this.#source.takesOwn(change.post)) this.#arrived([change.post.id]);
        return;
      case "unsent":
        this.#dispatch({ type: "unsent", writtenAs: change.post.id });
        break;
      case "connected":
      case "reconnected":
        if (this.state.get().failure?.code === "offline") void this.again();
        return;
      default:
    }
    this.#dispatch({ type: "changed", change: (post) => postAfter(post, change) });
  }

  #takeLive(change: Change): void {
    switch (change.type) {
      case "post":
        // An empty list shows the post at once. Others read it when the reader opens the pill.
        if (this.state.get().chunks.length === 0) this.#arrived([change.item.post.id]);
        this.#dispatch({ type: "arrived", items: [change.item], show: false });
        break;
      case "connected":
        void this.#catchUp();
        break;
      case "reconnected":
        // The socket sends the missed posts again, but not the missed counts.
        for (const { key } of this.state.get().chunks) this.#readMs.set(key, 0);
        break;
      case "follows":
      case "resync":
        this.#dispatch({ type: "stale" });
        break;
      case "unwanted":
        this.#dispatch(change);
        break;
      default:
    }
  }

  #dispatch(action: TimelineAction): void {
    this.state.set(timelineReducer(this.state.get(), action));
  }
}
