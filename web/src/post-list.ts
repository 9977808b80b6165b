/** A list of posts on the page: reads pages, takes in changes, remembers how tall it was drawn. */
import type { Post, TimelineItem } from "../../feed/wire.ts";
import { readReplies, readTimeline, readUserPosts, type Page } from "./api.ts";
import { type Change, onChange } from "./changes.ts";
import { asFailure } from "./failure.ts";
import { createStore } from "./store.ts";
import { EMPTY_TIMELINE, type TimelineAction, timelineReducer } from "./timeline-store.ts";

/** Scrolled this far at most, the reader is at the top and sees new posts arrive. */
const TOP_MAX_PX = 8;
/** Lists kept for going back; each is some hundred KB at most. */
const LISTS_MAX = 12;

/** Where a list reads from, and whether the reader's own posts belong on top of it. */
interface Source {
  read(cursor: string | null): Promise<Page<TimelineItem>>;
  live: boolean;
  takesOwn(post: Post): boolean;
}

export class PostList {
  readonly state = createStore(EMPTY_TIMELINE);
  /** Drawn height of each chunk by its key, in CSS pixels. */
  readonly heights = new Map<number, number>();
  /** Whether the list is in the document. */
  mounted = false;
  readonly #source: Source;
  readonly #unlisten: () => void;
  /** Counts reads from the top; an answer to an earlier one is dropped. */
  #reads = 0;

  constructor(source: Source) {
    this.#source = source;
    this.#unlisten = onChange((change) => this.#take(change));
  }

  close(): void {
    this.#unlisten();
    this.#reads++;
  }

  /**
   * Comes into the document. A reader who comes back to where they were reading finds the list as
   * it was, with what is new behind the pill; one who starts at the top sees the newest.
   */
  open(atTop: boolean): void {
    this.mounted = true;
    const { loaded, reading } = this.state.get();
    if (loaded && atTop) this.showWaiting();
    else if (!loaded && reading === null) void this.reload();
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
    else this.#dispatch({ type: "show" });
  }

  async #read(from: "top" | "end"): Promise<void> {
    const read = from === "top" ? ++this.#reads : this.#reads;
    const cursor = from === "top" ? null : this.state.get().next;
    this.#dispatch({ type: "reading", from });
    try {
      const { items, next, partial = false } = await this.#source.read(cursor);
      if (read !== this.#reads) return;
      if (from === "top") this.heights.clear();
      this.#dispatch({ type: "page", items, next, partial });
    } catch (thrown) {
      const failure = asFailure(thrown);
      if (read === this.#reads) this.#dispatch({ type: "failed", failure });
    }
  }

  /** Reads the first page once more for what came between the first read and the socket. */
  async #catchUp(): Promise<void> {
    const read = this.#reads;
    if (read === 0) return;
    try {
      const { items } = await this.#source.read(null);
      if (read !== this.#reads) return;
      this.#dispatch({ type: "head", items, show: this.#atTop() });
    } catch (thrown) {
      asFailure(thrown); // the list stays as it is, and live posts still arrive
    }
  }

  #take(change: Change): void {
    if (change.type === "delete") this.#dispatch({ type: "deleted", postId: change.postId });
    if (change.type === "counts") this.#dispatch(change);
    if (change.type === "mine" && this.#source.takesOwn(change.post)) {
      const items: TimelineItem[] = [{ post: change.post, reason: { kind: "self" } }];
      this.#dispatch({ type: "arrived", items, show: true });
    }
    if (!this.#source.live) return;
    if (change.type === "post") {
      this.#dispatch({ type: "arrived", items: [change.item], show: this.#atTop() });
    }
    if (change.type === "connected") void this.#catchUp();
    if (change.type === "follows") this.#dispatch({ type: "stale" });
    if (change.type === "resync") {
      if (this.#atTop()) void this.reload();
      else this.#dispatch({ type: "stale" });
    }
  }

  #atTop(): boolean {
    return this.mounted && scrollY <= TOP_MAX_PX;
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

/** The home timeline of whoever is signed in. */
export function homeList(): PostList {
  return listFor("home", () => ({
    read: readTimeline,
    live: true,
    takesOwn: (post) => post.replyTo === null,
  }));
}

/** An account's posts; `visit` tells apart visits, so that going back finds the list as it was. */
export function profileList(handle: string, visit: string): PostList {
  return listFor(`@${handle} ${visit}`, () => ({
    read: (cursor) => readUserPosts(handle, cursor),
    live: false,
    takesOwn: () => false,
  }));
}

/** The replies to a post, for one visit. */
export function replyList(postId: string, visit: string): PostList {
  return listFor(`${postId} ${visit}`, () => ({
    read: async (cursor) => {
      const { items, next } = await readReplies(postId, cursor);
      return { items: items.map((post) => ({ post, reason: { kind: "following" } })), next };
    },
    live: false,
    takesOwn: (post) => post.replyTo === postId,
  }));
}
