/**
 * The state of a list of posts (a home timeline, an account's posts, replies) as a pure reducer.
 * Items live in chunks, so that a change touches one chunk and the page renders only chunks in view.
 */
import type { Post, Timeline, TimelineItem } from "../../../client/src/wire.ts";
import { renamed } from "./changes.ts";
import type { SkeinError } from "../../../client/src/errors.ts";

/** Items of a chunk: about two screens, and the size of a page of the contract. */
export const CHUNK_MAX_ITEMS = 20;
/** New posts kept behind the pill; with more, reading the list again is cheaper. */
export const WAITING_MAX_ITEMS = 200;
/** How many ids of deleted posts are kept, so that a page read before a deletion can't restore one. */
const GONE_MAX_IDS = 500;

/** An item of a list. */
export type ListItem = TimelineItem & {
  /** The reader has just sent it, and the API has not answered yet. */
  readonly sending?: boolean;
};

/** An item that shows a post for itself. */
export function itemOf(post: Post, kind: "self" | "following" = "following"): ListItem {
  return { id: post.id, at: post.createdAt, post, reason: { kind } };
}

/** Consecutive items. `key` stays the same while the list grows at either end. */
export interface Chunk {
  readonly key: number;
  readonly items: readonly ListItem[];
  /** The cursor of the page that its items come from, null for the first page; absent if they came live. */
  readonly cursor?: string | null;
}

export interface TimelineState {
  readonly chunks: readonly Chunk[];
  /** Newer than the first chunk and not shown yet, newest first. */
  readonly waiting: readonly ListItem[];
  readonly next: string | null;
  /** The order of the server's pages; lists without a choice are newest first. */
  readonly order: Timeline["order"];
  /** Whether a first page has been read. */
  readonly loaded: boolean;
  readonly reading: "top" | "end" | null;
  readonly failure: SkeinError | null;
  /** Whether the list has changed in ways that only a new read can show. */
  readonly stale: boolean;
  /** Whether a source was cut off by the server's time budget. */
  readonly partial: boolean;
  readonly gone: readonly string[];
  /** How many keys chunks have got so far. */
  readonly keys: number;
}

/** A page as it was read. */
export interface ReadPage {
  readonly items: readonly ListItem[];
  readonly next: string | null;
  readonly partial: boolean;
  readonly order: Timeline["order"];
}

/** An action on the list. */
export type TimelineAction =
  | { type: "reading"; from: "top" | "end" }
  | ({ type: "page" } & ReadPage)
  | { type: "failed"; failure: SkeinError }
  /** Live items, newest first; `show` shows them, and all that wait, on top at once. */
  | { type: "arrived"; items: readonly ListItem[]; show: boolean }
  /** The first page, read again: its new posts join those that wait. */
  | { type: "head"; items: readonly ListItem[] }
  | { type: "show" }
  | { type: "deleted"; postId: string }
  /** The API has refused a post; the same text may be sent again under the same local id. */
  | { type: "unsent"; writtenAs: string }
  /** The API has accepted a post that was shown while it was sent: it gets its id and place. */
  | { type: "sent"; writtenAs: string; post: Post }
  /** Removes an account's posts and reposts, and others' replies to them. */
  | { type: "unwanted"; userId: string }
  /** Shows an account's new name and picture. */
  | { type: "renamed"; user: Post["author"] }
  /** Changes posts; `change` returns the same post where nothing changes. */
  | { type: "changed"; change: (post: Post) => Post }
  | { type: "stale" };

/** Nothing read yet. */
export const EMPTY_TIMELINE: TimelineState = {
  chunks: [],
  waiting: [],
  next: null,
  order: "latest",
  loaded: false,
  reading: null,
  failure: null,
  stale: false,
  partial: false,
  gone: [],
  keys: 0,
};

function has(items: readonly ListItem[], postId: string): boolean {
  return items.some(({ post }) => post.id === postId);
}

function shows(state: TimelineState, postId: string): boolean {
  return state.chunks.some(({ items }) => has(items, postId));
}

/** The items that the list may add: not deleted, not shown, and each post once. */
function unseen(state: TimelineState, items: readonly ListItem[]): ListItem[] {
  const seen = new Set(state.gone);
  for (const chunk of state.chunks) for (const { post } of chunk.items) seen.add(post.id);
  return items.filter(({ post }) => !seen.has(post.id) && seen.add(post.id));
}

function inChunks(
  items: readonly ListItem[],
  firstKey: number,
  read: Pick<Chunk, "cursor"> = {},
): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 0; at < items.length; at += CHUNK_MAX_ITEMS) {
    const key = firstKey + chunks.length;
    chunks.push({ key, items: items.slice(at, at + CHUNK_MAX_ITEMS), ...read });
  }
  return chunks;
}

function onTop(state: TimelineState, items: readonly ListItem[]): TimelineState {
  if (items.length === 0) return state;
  const [first, ...rest] = state.chunks;
  if (first !== undefined && first.items.length + items.length <= CHUNK_MAX_ITEMS) {
    return { ...state, chunks: [{ ...first, items: [...items, ...first.items] }, ...rest] };
  }
  const added = inChunks(items, state.keys);
  return { ...state, chunks: [...added, ...state.chunks], keys: state.keys + added.length };
}

function show(state: TimelineState): TimelineState {
  return { ...onTop(state, unseen(state, state.waiting)), waiting: [] };
}

function page(state: TimelineState, read: ReadPage): TimelineState {
  const fromTop = state.reading !== "end";
  const kept = fromTop ? { ...state, chunks: [], stale: false } : state;
  const cursor = fromTop ? null : state.next;
  const added = inChunks(unseen(kept, read.items), state.keys, { cursor });
  const grown: TimelineState = {
    ...kept,
    chunks: [...kept.chunks, ...added],
    keys: state.keys + added.length,
    next: read.next,
    order: read.order,
    loaded: true,
    reading: null,
    failure: null,
    partial: read.partial || (!fromTop && state.partial),
  };
  // A post that arrived during the first read is newer than the page, or in it.
  return fromTop ? show(grown) : grown;
}

/** Replaces posts that are being sent and arrive live before their answers. */
function withEchoes(state: TimelineState, items: readonly ListItem[]): TimelineState {
  return eachItem(state, (item) => {
    if (item.sending !== true) return item;
    const { author, text } = item.post;
    const echo = items.find(({ post }) => post.author.id === author.id && post.text === text);
    return echo === undefined || shows(state, echo.post.id) ? item : echo;
  });
}

function arrived(
  before: TimelineState,
  items: readonly ListItem[],
  showNow: boolean,
): TimelineState {
  const state = withEchoes(before, items);
  const added = unseen(state, items);
  const ids = new Set(added.map(({ post }) => post.id));
  const waiting = [...added, ...state.waiting.filter(({ post }) => !ids.has(post.id))];
  if (waiting.length > WAITING_MAX_ITEMS) return { ...state, waiting: [], stale: true };
  // Without chunks there is nothing to compare with.
  const idle = state.chunks.length === 0;
  const ready = state.loaded && state.reading !== "top" && (showNow || idle);
  return ready ? show({ ...state, waiting }) : { ...state, waiting };
}

function head(state: TimelineState, items: readonly ListItem[]): TimelineState {
  if (state.chunks.length === 0) return arrived(state, items, true);
  if (state.order === "ranked") return arrived(state, newerThanAll(state, items), false);
  const firstKnown = items.findIndex(({ post }) => shows(state, post.id));
  // Without a post in common, there may be more new posts than a page holds.
  if (firstKnown === -1) return items.length === 0 ? state : { ...state, stale: true };
  const fresh = items.slice(0, firstKnown).filter(({ post }) => !has(state.waiting, post.id));
  return arrived(state, fresh, false);
}

/** In a ranked list only its age shows whether a post is new or was ranked lower. */
function newerThanAll(state: TimelineState, items: readonly ListItem[]): ListItem[] {
  const known = [...state.chunks.flatMap((chunk) => chunk.items), ...state.waiting];
  const newest = known.reduce((max, { post }) => (post.id > max ? post.id : max), "");
  return items.filter(({ post }) => post.id > newest);
}

/** The list with only the items that pass, without empty chunks. */
function onlyItems(state: TimelineState, passes: (item: ListItem) => boolean): TimelineState {
  return eachItem(state, (item) => (passes(item) ? item : null));
}

/** Copies nothing unless an item changes, because a list of thousands changes one item at a time. */
function afterChange(
  items: readonly ListItem[],
  change: (item: ListItem) => ListItem | null,
): readonly ListItem[] {
  let after: ListItem[] | null = null;
  for (const [at, item] of items.entries()) {
    const next = change(item);
    if (next !== item) after ??= items.slice(0, at);
    if (next !== null) after?.push(next);
  }
  return after ?? items;
}

/** Replaces items, and removes those for which `change` returns null. Other chunks stay the same. */
function eachItem(
  state: TimelineState,
  change: (item: ListItem) => ListItem | null,
): TimelineState {
  let touched = false;
  const chunks = state.chunks.map((chunk) => {
    const items = afterChange(chunk.items, change);
    if (items === chunk.items) return chunk;
    touched = true;
    return { ...chunk, items };
  });
  const waiting = afterChange(state.waiting, change);
  if (!touched && waiting === state.waiting) return state;
  const left = touched ? chunks.filter(({ items }) => items.length > 0) : state.chunks;
  return { ...state, chunks: left, waiting };
}

function sent(state: TimelineState, writtenAs: string, post: Post): TimelineState {
  const known = shows(state, post.id);
  return eachItem(state, (item) => {
    if (item.post.id !== writtenAs) return item;
    return known ? null : { ...itemOf(post), reason: item.reason };
  });
}

/** An item with an account's new name and picture. */
function itemRenamed(item: ListItem, user: Post["author"]): ListItem {
  const { reason } = item;
  const post = renamed(item.post, user);
  const isBy = reason.by?.id === user.id;
  if (post === item.post && !isBy) return item;
  return { ...item, post, reason: isBy ? { ...reason, by: user } : reason };
}

/** An item without an account; null if nothing is left. One's own reply to the account stays. */
function withoutAccount(item: ListItem, userId: string): ListItem | null {
  const { post, reason } = item;
  if (post.author.id === userId || reason.by?.id === userId) return null;
  if (post.parent?.author.id !== userId) return item;
  return reason.kind === "self" ? { ...item, post: { ...post, parent: null } } : null;
}

/** The state after an action. */
export function timelineReducer(state: TimelineState, action: TimelineAction): TimelineState {
  switch (action.type) {
    case "reading":
      if (action.from === "end") return { ...state, reading: "end", failure: null };
      return { ...state, reading: "top", failure: null, waiting: [] };
    case "page":
      return page(state, action);
    case "failed":
      return {
        ...state,
        reading: null,
        failure: action.failure,
        stale: state.stale || (state.loaded && state.reading === "top"),
      };
    case "arrived":
      return arrived(state, action.items, action.show);
    case "head":
      return head(state, action.items);
    case "show":
      return show(state);
    case "deleted": {
      const gone = [action.postId, ...state.gone].slice(0, GONE_MAX_IDS);
      return onlyItems({ ...state, gone }, ({ post }) => post.id !== action.postId);
    }
    case "unsent":
      return onlyItems(state, ({ post }) => post.id !== action.writtenAs);
    case "sent":
      return sent(state, action.writtenAs, action.post);
    case "unwanted":
      return eachItem(state, (item) => withoutAccount(item, action.userId));
    case "renamed":
      return eachItem(state, (item) => itemRenamed(item, action.user));
    case "changed":
      return eachItem(state, (item) => {
        const post = action.change(item.post);
        return post === item.post ? item : { ...item, post };
      });
    case "stale":
      return { ...state, stale: true };
  }
}
