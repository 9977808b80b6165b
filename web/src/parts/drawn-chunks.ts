/** Which chunks of a long list are drawn, where the list is scrolled to, and when it reads on. */
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { onChange } from "../state/changes.ts";
import type { PostList } from "../state/post-list.ts";
import { place } from "../route/router.ts";
import { useStore } from "../state/store.ts";
import type { Chunk } from "../state/list-reducer.ts";

/** Chunks up to this many viewports away are drawn, so that a quick scroll shows no blank. */
const DRAWN_VIEWPORTS = 1.5;
/** The list reads the next page when its end is this near. */
const NEXT_PAGE_MARGIN_PX = 1_500;
/** How often the list checks whether the counts on screen are still live. */
const FRESHEN_EVERY_MS = 60_000;

function chunkElements(feed: HTMLElement | null): HTMLElement[] {
  return [...(feed?.querySelectorAll<HTMLElement>("[data-chunk]") ?? [])];
}

function articles(feed: HTMLElement | null): HTMLElement[] {
  return [...(feed?.querySelectorAll<HTMLElement>("article") ?? [])];
}

function keyOf(element: Element): number {
  return Number(element.getAttribute("data-chunk"));
}

function isNear(element: Element): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > -DRAWN_VIEWPORTS * innerHeight && top < (1 + DRAWN_VIEWPORTS) * innerHeight;
}

/** The place where the reader leaves a list: the post with the focus if in view, else the first in view. */
function noteAnchor(list: PostList, visit: string, feed: HTMLElement | null): void {
  const inView = articles(feed).filter((article) => {
    const { top, bottom } = article.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  });
  const focused = inView.find((article) => article.contains(document.activeElement));
  const anchor = focused ?? inView[0];
  const postId = anchor?.dataset["post"];
  if (anchor === undefined || postId === undefined) return;
  const { top } = anchor.getBoundingClientRect();
  list.anchors.set(visit, { postId, top, focused: focused !== undefined });
}

/** Scrolls a list back to where a visit left it; the part above may have grown meanwhile. */
function restoreAnchor(list: PostList, visit: string, feed: HTMLElement | null): void {
  const anchor = list.anchors.get(visit);
  const article = articles(feed).find(({ dataset }) => dataset["post"] === anchor?.postId);
  if (anchor === undefined || article === undefined) return;
  scrollBy({ top: article.getBoundingClientRect().top - anchor.top, behavior: "instant" });
  if (anchor.focused) article.focus({ preventScroll: true });
}

function chunkOf(chunks: readonly Chunk[], postId: string | undefined): number[] {
  const chunk = chunks.find(({ items }) => items.some(({ post }) => post.id === postId));
  return chunk === undefined ? [] : [chunk.key];
}

/** The keys of the chunks near the view. It also records the heights of chunks that leave the view. */
export function useDrawnChunks(
  list: PostList,
  feed: RefObject<HTMLElement | null>,
  chunks: readonly Chunk[],
): ReadonlySet<number> {
  const [drawn, setDrawn] = useState<ReadonlySet<number>>(new Set());
  const observer = useRef<IntersectionObserver | null>(null);
  const returning = useRef(false);
  useLayoutEffect(() => {
    const { visit, scrollTop } = place.get();
    const anchor = list.anchors.get(visit);
    // On going back, scroll first and then draw the chunks there, before the reader sees a blank.
    scrollTo({ top: scrollTop, behavior: "instant" });
    const near = chunkElements(feed.current).filter(isNear).map(keyOf);
    returning.current = anchor !== undefined;
    setDrawn(new Set([...near, ...chunkOf(chunks, anchor?.postId)]));
    observer.current = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target, boundingClientRect } of entries) {
          // The chunk with the focus stays drawn, because the keyboard continues from there.
          if (isIntersecting || target.contains(document.activeElement)) continue;
          if (target.childElementCount > 0) {
            list.heights.set(keyOf(target), boundingClientRect.height);
          }
        }
        setDrawn((before) => {
          const after = new Set(before);
          for (const { isIntersecting, target } of entries) {
            if (isIntersecting || target.contains(document.activeElement)) after.add(keyOf(target));
            else after.delete(keyOf(target));
          }
          return after;
        });
      },
      { rootMargin: `${DRAWN_VIEWPORTS * 100}% 0px` },
    );
    return () => {
      observer.current?.disconnect();
      noteAnchor(list, visit, feed.current);
      for (const element of chunkElements(feed.current)) {
        if (element.childElementCount > 0) list.heights.set(keyOf(element), element.offsetHeight);
      }
    };
  }, [list]);
  useLayoutEffect(() => {
    if (!returning.current || drawn.size === 0) return;
    returning.current = false;
    restoreAnchor(list, place.get().visit, feed.current);
  }, [list, drawn]);
  useLayoutEffect(() => {
    for (const element of chunkElements(feed.current)) observer.current?.observe(element);
  }, [list, chunks]);
  return drawn;
}

/** Reads the next page whenever the end of the list is near. */
export function useNextPage(list: PostList, end: RefObject<HTMLElement | null>): void {
  const { chunks, reading, failure } = useStore(list.state);
  useEffect(() => {
    if (end.current === null || reading !== null || failure !== null) return undefined;
    const observer = new IntersectionObserver(
      (entries) => entries.some(({ isIntersecting }) => isIntersecting) && void list.more(),
      { rootMargin: `0px 0px ${NEXT_PAGE_MARGIN_PX}px` },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [list, chunks, reading, failure]);
}

/** Keeps the counts on screen live, also on a page that stays open for long or was offline. */
export function useFreshCounts(list: PostList, drawn: ReadonlySet<number>): void {
  const near = useRef(drawn);
  near.current = drawn;
  useEffect(() => {
    const freshen = (): void => {
      if (!document.hidden) void list.freshen(near.current);
    };
    const timer = setInterval(freshen, FRESHEN_EVERY_MS);
    document.addEventListener("visibilitychange", freshen);
    const unlisten = onChange(({ type }) => type === "reconnected" && freshen());
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", freshen);
      unlisten();
    };
  }, [list]);
}
