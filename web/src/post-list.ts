/** A list of posts on the page: reads pages, takes in changes, remembers how it was drawn. */
import type { Post, Timeline } from "../../feed/wire.ts";
import { readNewest, readReplies, readTimeline, readUserPosts } from "./api.ts";
import { type Change, onChange, postAfter } from "./changes.ts";
import { asFailure } from "./failure.ts";
import { createStore } from "./store.ts";
import {
  EMPTY_TIMELINE,
  type ListItem,
  type ReadPage,
  type TimelineAction,
  timelineReducer,
} from "./timeline-store.ts";

/** Lists kept for going back; each is some hundred KB at most. */
const LISTS_MAX = 12;
/** A ranked list that was left this long ago is ranked anew when it is begun from the top. */
const RANKING_FRESH_MS = 5 * 60 * 1000;
/**
 * The server tells counts of what it served for ten minutes, so what stays on screen is asked for
 * again before that.
 */
const COUNTS_FRESH_MS = 8 * 60 * 1000;

/** Posts that arrive together are asked for together. */
const WATCH_ARRIVED_AFTER_MS = 500;

/** Where a list reads from, and which changes are its own. */
interface Source {
  read(cursor: string | null): Promise<ReadPage>;
  /** Takes in what the live socket brings. */
  live: boolean;
  /** Whether a post of the reader belongs on top of it. */
  takesOwn(post: Post): boolean;
  /** The post that its posts answer. */
  repliesTo?: string;
}

export class PostList {
  readonly state = createStore(EMPTY_TIMELINE);
  /** Drawn height of each chunk by its key, in CSS pixels. */
  readonly heights = new Map<number, number>();
  /** Where each visit of the list left it: a post, and how far below the top of the window. */
  readonly anchors = new Map<string, { postId: string; top: number; focused: boolean }>();
  /** Whether the list is in the document. */
  mounted = false;
  readonly #source: Source;
  readonly #unlisten: () => void;
  /** When each chunk was read last, by its key. */
  readonly #readMs = new Map<number, number>();
  #topReadMs = 0;
  /** Posts on show that came by themselves and were not read since. */
  #unwatched = 0;
  #watching: ReturnType<typeof setTimeout> | undefined;
  /** Counts reads from the top; an answer to an earlier one is dropped. */
  #reads = 0;

  constructor(source: Source) {
    this.#source = source;
    this.#unlisten = onChange((change) => this.#take(change));
  }

  close(): void {
    this.#unlisten();
    clearTimeout(this.#watching);
    this.#reads++;
  }

  /**
   * Comes into the document. A reader who comes back to where they were reading finds the list as
   * it was, with what is new behind the pill; one who starts at the top sees the newest.
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

  /** Reads the next page, if there is one and none is under way. */
  async more(): Promise<void> {
    const { next, reading } = this.state.get();
    if (next !== null && reading === null) await this.#read("end");
  }

  /** Tries the read that failed once more. */
  again(): Promise<void> {
    const { loaded, stale } = this.state.get();
    return loaded && !stale ? this.more() : this.reload();
  }

  /** Puts what waits on top; the caller scrolls there. */
  showWaiting(): void {
    if (this.state.get().stale) void this.reload();
    else {
      this.#arrived(this.state.get().waiting.length);
      this.#dispatch({ type: "show" });
    }
  }

  /** Asks again for the counts of chunks on screen that the server may have ceased to tell. */
  async freshen(keys: ReadonlySet<number>): Promise<void> {
    for (const { key, cursor, items } of this.state.get().chunks) {
      const readMs = this.#readMs.get(key) ?? this.#topReadMs;
      if (!keys.has(key) || Date.now() - readMs < COUNTS_FRESH_MS) continue;
      this.#readMs.set(key, Date.now());
      if (cursor === undefined) this.#arrived(items.length);
      else await this.#refresh(() => this.#source.read(cursor));
    }
  }

  /**
   * The server tells the counts of posts that it has served in a page, so what came by itself has to
   * be read once when it is shown.
   */
  #arrived(count: number): void {
    if (!this.#source.live || count === 0) return;
    this.#unwatched += count;
    this.#watching ??= setTimeout(() => {
      const limit = this.#unwatched;
      this.#unwatched = 0;
      this.#watching = undefined;
      void this.#refresh(() => readNewest(limit));
    }, WATCH_ARRIVED_AFTER_MS);
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

  /** Reads the first page once more for what came between the first read and the socket. */
  async #catchUp(): Promise<void> {
    const items = await this.#refresh(() => this.#source.read(null));
    if (items !== null) this.#dispatch({ type: "head", items });
  }

  /** Reads what is known already, and takes its counts; null if it could not be read. */
  async #refresh(
    readAgain: () => Promise<{ items: readonly ListItem[] }>,
  ): Promise<readonly ListItem[] | null> {
    const read = this.#reads;
    if (read === 0) return null;
    try {
      const { items } = await readAgain();
      if (read !== this.#reads) return null;
      const fresh = new Map(items.map(({ post }) => [post.id, post]));
      this.#dispatch({
        type: "changed",
        change: (post) => {
          const { counts, viewer } = fresh.get(post.id) ?? post;
          if (counts === post.counts) return post;
          return viewer === undefined ? { ...post, counts } : { ...post, counts, viewer };
        },
      });
      return items;
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
        return;
      case "writing":
        if (this.#source.takesOwn(change.post)) {
          const item: ListItem = { post: change.post, reason: { kind: "self" }, sending: true };
          this.#dispatch({ type: "arrived", items: [item], show: true });
        }
        break;
      case "mine":
        this.#dispatch({ type: "sent", writtenAs: change.writtenAs, post: change.post });
        if (this.#source.takesOwn(change.post)) this.#arrived(1);
        return;
      case "unsent":
        this.#dispatch({ type: "deleted", postId: change.post.id });
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
        // Shown at once where there was nothing; behind the pill it is read when it is shown.
        if (this.state.get().chunks.length === 0) this.#arrived(1);
        this.#dispatch({ type: "arrived", items: [change.item], show: false });
        break;
      case "connected":
        void this.#catchUp();
        break;
      case "reconnected":
        // Posts that were missed come by themselves; counts do not.
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

const lists = new Map<string, PostList>();

function listFor(key: string, source: () => Source): PostList {
  const list = lists.get(key) ?? new PostList(source());
  lists.delete(key);
  lists.set(key, list);
  for (const [oldest, old] of lists) {
    if (lists.size <= LISTS_MAX) break;
    if (old.mounted) continue;
    old.close();
    lists.delete(oldest);
  }
  return list;
}

/** Forgets every list: they were read for another viewer. */
export function forgetLists(): void {
  for (const list of lists.values()) list.close();
  lists.clear();
}

/** A home timeline of whoever is signed in. */
export function homeList(order: Timeline["order"]): PostList {
  return listFor(`home ${order}`, () => ({
    read: (cursor) => readTimeline(order, cursor),
    live: true,
    takesOwn: (post) => post.replyTo === null,
  }));
}

/** An account's posts; `visit` tells apart visits, so that going back finds the list as it was. */
export function profileList(handle: string, visit: string): PostList {
  return listFor(`@${handle} ${visit}`, () => ({
    read: async (cursor) => newestFirst(await readUserPosts(handle, cursor)),
    live: false,
    takesOwn: (post) => post.author.handle === handle && post.replyTo === null,
  }));
}

/** The replies to a post, for one visit. */
export function replyList(postId: string, visit: string): PostList {
  return listFor(`${postId} ${visit}`, () => ({
    read: async (cursor) => {
      const { items, next } = await readReplies(postId, cursor);
      return newestFirst({
        items: items.map((post) => ({ post, reason: { kind: "following" } })),
        next,
      });
    },
    live: false,
    takesOwn: (post) => post.replyTo === postId,
    repliesTo: postId,
  }));
}

function newestFirst(page: { items: ListItem[]; next: string | null }): ReadPage {
  return { ...page, partial: false, order: "latest" };
}
