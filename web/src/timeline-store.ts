/**
 * The state of a list of posts (the home timeline, an account's posts, replies) as a pure reducer.
 * Items live in chunks, so that a change touches one chunk and the page renders only chunks in view.
 */
import type { Post, TimelineItem } from "../../feed/wire.ts";
import type { Failure } from "./failure.ts";

/** Items of a chunk: about two screens, and the size of a page of the contract. */
export const CHUNK_MAX_ITEMS = 20;
/** New posts kept behind the pill; past it, reading the list again is quicker than keeping them. */
export const WAITING_MAX_ITEMS = 200;
/** Ids of deleted posts remembered, so that a page that was under way cannot bring one back. */
const GONE_MAX_IDS = 500;

/** Consecutive items. `key` stays the same while the list grows at either end. */
export interface Chunk {
  readonly key: number;
  readonly items: readonly TimelineItem[];
}

export interface TimelineState {
  readonly chunks: readonly Chunk[];
  /** Newer than the first chunk and not shown yet, newest first. */
  readonly waiting: readonly TimelineItem[];
  readonly next: string | null;
  /** Whether a first page has been read. */
  readonly loaded: boolean;
  readonly reading: "top" | "end" | null;
  readonly failure: Failure | null;
  /** The list has changed in ways that only reading it again can tell. */
  readonly stale: boolean;
  /** The server cut a source off by its time budget. */
  readonly partial: boolean;
  readonly gone: readonly string[];
  /** Keys given to chunks so far. */
  readonly keys: number;
}

/** What can happen to the list. */
export type TimelineAction =
  | { type: "reading"; from: "top" | "end" }
  | { type: "page"; items: readonly TimelineItem[]; next: string | null; partial: boolean }
  | { type: "failed"; failure: Failure }
  /** Live items, newest first; `show` puts them (and all that wait) on top at once. */
  | { type: "arrived"; items: readonly TimelineItem[]; show: boolean }
  /** The first page as it is now: what is new in it has arrived, unseen. */
  | { type: "head"; items: readonly TimelineItem[]; show: boolean }
  | { type: "show" }
  | { type: "deleted"; postId: string }
  | { type: "counts"; postId: string; counts: Post["counts"] }
  | { type: "stale" };

/** Nothing read yet. */
export const EMPTY_TIMELINE: TimelineState = {
  chunks: [],
  waiting: [],
  next: null,
  loaded: false,
  reading: null,
  failure: null,
  stale: false,
  partial: false,
  gone: [],
  keys: 0,
};

function has(items: readonly TimelineItem[], postId: string): boolean {
  return items.some(({ post }) => post.id === postId);
}

function shows(state: TimelineState, postId: string): boolean {
  return state.chunks.some(({ items }) => has(items, postId));
}

/** What of `items` the list may take in: not deleted, not shown, and each post once. */
function unseen(state: TimelineState, items: readonly TimelineItem[]): TimelineItem[] {
  const seen = new Set(state.gone);
  for (const chunk of state.chunks) for (const { post } of chunk.items) seen.add(post.id);
  return items.filter(({ post }) => !seen.has(post.id) && seen.add(post.id));
}

function inChunks(items: readonly TimelineItem[], firstKey: number): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 0; at < items.length; at += CHUNK_MAX_ITEMS) {
    chunks.push({ key: firstKey + chunks.length, items: items.slice(at, at + CHUNK_MAX_ITEMS) });
  }
  return chunks;
}

function onTop(state: TimelineState, items: readonly TimelineItem[]): TimelineState {
  if (items.length === 0) return state;
  const [first, ...rest] = state.chunks;
  if (first !== undefined && first.items.length + items.length <= CHUNK_MAX_ITEMS) {
    return { ...state, chunks: [{ key: first.key, items: [...items, ...first.items] }, ...rest] };
  }
  const added = inChunks(items, state.keys);
  return { ...state, chunks: [...added, ...state.chunks], keys: state.keys + added.length };
}

function show(state: TimelineState): TimelineState {
  return { ...onTop(state, unseen(state, state.waiting)), waiting: [] };
}

function page(
  state: TimelineState,
  read: { items: readonly TimelineItem[]; next: string | null; partial: boolean },
): TimelineState {
  const fromTop = state.reading !== "end";
  const kept = fromTop ? { ...state, chunks: [], stale: false } : state;
  const added = inChunks(unseen(kept, read.items), state.keys);
  const grown: TimelineState = {
    ...kept,
    chunks: [...kept.chunks, ...added],
    keys: state.keys + added.length,
    next: read.next,
    loaded: true,
    reading: null,
    failure: null,
    partial: read.partial || (!fromTop && state.partial),
  };
  // What arrived while the first page was under way is newer than the page, or already in it.
  return fromTop ? show(grown) : grown;
}

function arrived(
  state: TimelineState,
  items: readonly TimelineItem[],
  showNow: boolean,
): TimelineState {
  const added = unseen(state, items);
  const ids = new Set(added.map(({ post }) => post.id));
  const waiting = [...added, ...state.waiting.filter(({ post }) => !ids.has(post.id))];
  if (waiting.length > WAITING_MAX_ITEMS) return { ...state, waiting: [], stale: true };
  const kept = { ...state, waiting };
  return showNow && state.loaded && state.reading !== "top" ? show(kept) : kept;
}

function head(
  state: TimelineState,
  items: readonly TimelineItem[],
  showNow: boolean,
): TimelineState {
  if (state.chunks.length === 0) return arrived(state, items, showNow);
  const firstKnown = items.findIndex(({ post }) => shows(state, post.id));
  // Not one post in common: there may be more new ones than a page holds.
  if (firstKnown === -1) return items.length === 0 ? state : { ...state, stale: true };
  const fresh = items.slice(0, firstKnown).filter(({ post }) => !has(state.waiting, post.id));
  return arrived(state, fresh, showNow);
}

/** Replaces the chunk that shows a post, or drops it when nothing is left in it. */
function inItsChunk(
  state: TimelineState,
  postId: string,
  change: (items: readonly TimelineItem[]) => readonly TimelineItem[],
): TimelineState {
  const waiting = has(state.waiting, postId) ? change(state.waiting) : state.waiting;
  if (!shows(state, postId)) return waiting === state.waiting ? state : { ...state, waiting };
  const chunks = state.chunks
    .map((chunk) => (has(chunk.items, postId) ? { ...chunk, items: change(chunk.items) } : chunk))
    .filter(({ items }) => items.length > 0);
  return { ...state, chunks, waiting };
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
      return head(state, action.items, action.show);
    case "show":
      return show(state);
    case "deleted": {
      const gone = [action.postId, ...state.gone].slice(0, GONE_MAX_IDS);
      return inItsChunk({ ...state, gone }, action.postId, (items) =>
        items.filter(({ post }) => post.id !== action.postId),
      );
    }
    case "counts":
      return inItsChunk(state, action.postId, (items) =>
        items.map((item) =>
          item.post.id === action.postId
            ? { ...item, post: { ...item.post, counts: action.counts } }
            : item,
        ),
      );
    case "stale":
      return { ...state, stale: true };
  }
}
