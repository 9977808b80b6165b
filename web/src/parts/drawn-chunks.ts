/** What of a long list is drawn, and when it is read on. */
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { PostList } from "../post-list.ts";
import { place } from "../router.ts";
import { useStore } from "../store.ts";
import type { Chunk } from "../timeline-store.ts";

/** Chunks this many viewports away are drawn, so that a quick scroll meets no blank. */
const DRAWN_VIEWPORTS = 1.5;
/** The next page is asked for when its place is this near. */
const NEXT_PAGE_MARGIN_PX = 1_500;
function chunkElements(feed: HTMLElement | null): HTMLElement[] {
  return [...(feed?.querySelectorAll<HTMLElement>("[data-chunk]") ?? [])];
}

function keyOf(element: Element): number {
  return Number(element.getAttribute("data-chunk"));
}

function isNear(element: Element): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > -DRAWN_VIEWPORTS * innerHeight && top < (1 + DRAWN_VIEWPORTS) * innerHeight;
}

/** The keys of the chunks near the view; also notes the heights of those that leave it. */
export function useDrawnChunks(
  list: PostList,
  feed: RefObject<HTMLElement | null>,
  chunks: readonly Chunk[],
): ReadonlySet<number> {
  const [drawn, setDrawn] = useState<ReadonlySet<number>>(new Set());
  const observer = useRef<IntersectionObserver | null>(null);
  useLayoutEffect(() => {
    // Going back: scroll first, then draw what is there, before the reader sees a blank.
    scrollTo({ top: place.get().scrollTop, behavior: "instant" });
    setDrawn(new Set(chunkElements(feed.current).filter(isNear).map(keyOf)));
    observer.current = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target, boundingClientRect } of entries) {
          // What has the focus stays, however far away: the keyboard goes on from there.
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
      for (const element of chunkElements(feed.current)) {
        if (element.childElementCount > 0) list.heights.set(keyOf(element), element.offsetHeight);
      }
    };
  }, [list]);
  useLayoutEffect(() => {
    for (const element of chunkElements(feed.current)) observer.current?.observe(element);
  }, [list, chunks]);
  return drawn;
}

/** Asks for the next page whenever the end of the list is near. */
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
