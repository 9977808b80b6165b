/** The home timeline as React state: pages below, live posts and counts above. */
import { useCallback, useEffect, useReducer, useRef } from "react";
import type { LiveEvent, Skein, SkeinError, Timeline, TimelineItem } from "skein-client";

interface State {
  items: TimelineItem[];
  /** The cursor of the next page; undefined until the first one was read. */
  next: string | null | undefined;
  error: SkeinError | null;
}

type Action =
  | { type: "page"; page: Timeline; first: boolean }
  | { type: "failed"; error: SkeinError }
  | LiveEvent;

function reduce(state: State, action: Action): State {
  switch (action.type) {
    case "page": {
      const { items, next } = action.page;
      return { items: action.first ? items : [...state.items, ...items], next, error: null };
    }
    case "failed":
      return { ...state, error: action.error };
    case "post": {
      // After a break a post may come twice.
      const others = state.items.filter(({ id }) => id !== action.item.id);
      return { ...state, items: [action.item, ...others] };
    }
    case "delete":
      return { ...state, items: state.items.filter(({ post }) => post.id !== action.postId) };
    case "counts": {
      const { postId, counts } = action;
      const counted = (item: TimelineItem) =>
        item.post.id === postId ? { ...item, post: { ...item.post, counts } } : item;
      return { ...state, items: state.items.map(counted) };
    }
    case "ended":
      return { ...state, error: action.error };
    default:
      return state;
  }
}

/** @returns the items, and what reads the next page: null at the end, or before the first page */
export function useTimeline(skein: Skein) {
  const [state, dispatch] = useReducer(reduce, { items: [], next: undefined, error: null });
  const reading = useRef(false);
  const read = useCallback(
    async (cursor: string | null) => {
      if (reading.current) return;
      reading.current = true;
      const page = await skein.readTimeline({ order: "latest" }).page(cursor);
      reading.current = false;
      if (page.ok) dispatch({ type: "page", page: page.value, first: cursor === null });
      else dispatch({ type: "failed", error: page.error });
    },
    [skein],
  );
  useEffect(() => {
    const live = skein.openLive((event) => {
      dispatch(event);
      // A page that is read while the socket is open: its posts' counts come live.
      if (event.type === "resync" || (event.type === "open" && !event.resumed)) void read(null);
    });
    return () => live.close();
  }, [skein, read]);
  const { items, error, next } = state;
  const readNext = useCallback(() => void read(next ?? null), [read, next]);
  return { items, error, readOn: typeof next === "string" ? readNext : null };
}
