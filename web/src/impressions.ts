/** What of the timeline was seen, and for how long; reported in batches, also on leaving the page. */
import { DWELL_MAX_MS, IMPRESSIONS_MAX_ITEMS } from "../../feed/limits.ts";
import { type Impression, reportImpressions } from "./api.ts";
import { Failure } from "./failure.ts";
import { session } from "./session.ts";

/** What passes by quicker was not seen. */
export const SEEN_MIN_MS = 300;
/** A report every so often: soon enough for the next ranking, and far below the rate limits. */
const REPORT_EVERY_MS = 10_000;
/** Kept while there is no connection; the oldest go first. */
const UNSENT_MAX_ITEMS = 500;
/** As much of a post, or of the window, has to be visible. */
const VISIBLE_SHARE = 0.5;

/** Turns what comes into view and leaves it into impressions. Times are milliseconds. */
export class Impressions {
  readonly #visible = new Map<string, number>();
  #unsent: Impression[] = [];

  entered(postId: string, nowMs: number): void {
    if (!this.#visible.has(postId)) this.#visible.set(postId, nowMs);
  }

  left(postId: string, nowMs: number): void {
    const sinceMs = this.#visible.get(postId);
    this.#visible.delete(postId);
    if (sinceMs === undefined || nowMs - sinceMs < SEEN_MIN_MS) return;
    this.#keep({ postId, dwellMs: Math.min(Math.round(nowMs - sinceMs), DWELL_MAX_MS) });
  }

  opened(postId: string): void {
    this.#keep({ postId, opened: true });
  }

  /** Nobody looks any more. @returns the posts that were in view, to be entered on coming back */
  allLeft(nowMs: number): string[] {
    const visible = [...this.#visible.keys()];
    for (const postId of visible) this.left(postId, nowMs);
    return visible;
  }

  /** Hands over a report's worth. */
  take(): Impression[] {
    return this.#unsent.splice(0, IMPRESSIONS_MAX_ITEMS);
  }

  /** A report that did not arrive goes first in a later one. */
  giveBack(items: readonly Impression[]): void {
    this.#unsent = [...items, ...this.#unsent].slice(-UNSENT_MAX_ITEMS);
  }

  forget(): void {
    this.#visible.clear();
    this.#unsent = [];
  }

  #keep(item: Impression): void {
    this.#unsent.push(item);
    if (this.#unsent.length > UNSENT_MAX_ITEMS) this.#unsent.shift();
  }
}

const impressions = new Impressions();
const postIds = new WeakMap<Element, string>();
let observer: IntersectionObserver | undefined;
/** In view when the page was hidden. */
let paused: string[] = [];

function isSeen({
  isIntersecting,
  intersectionRatio,
  intersectionRect,
}: IntersectionObserverEntry) {
  const fills = intersectionRect.height >= VISIBLE_SHARE * innerHeight;
  return isIntersecting && (intersectionRatio >= VISIBLE_SHARE || fills);
}

function onIntersection(entries: readonly IntersectionObserverEntry[]): void {
  const nowMs = performance.now();
  for (const entry of entries) {
    const postId = postIds.get(entry.target);
    if (postId === undefined || document.hidden) continue;
    if (isSeen(entry)) impressions.entered(postId, nowMs);
    else impressions.left(postId, nowMs);
  }
}

/** Watches a post's element for as long as it is there; the answer ends that. */
export function watchImpressions(element: Element, postId: string): () => void {
  observer ??= new IntersectionObserver(onIntersection, { threshold: [0, 0.25, VISIBLE_SHARE] });
  postIds.set(element, postId);
  observer.observe(element);
  return () => {
    observer?.unobserve(element);
    impressions.left(postId, performance.now());
  };
}

/** The reader went to a post of its own accord. */
export function noteOpened(postId: string): void {
  if (session.get() !== null) impressions.opened(postId);
}

/** Sends what there is, all at once, for a page that is left sends nothing later. */
export async function sendImpressions(): Promise<void> {
  if (session.get() === null) {
    impressions.forget();
    return;
  }
  const reports: Impression[][] = [];
  for (let items = impressions.take(); items.length > 0; items = impressions.take()) {
    reports.push(items);
  }
  await Promise.all(reports.map(sendReport));
}

/** Sends a report; one that cannot arrive now is kept. */
async function sendReport(items: Impression[]): Promise<void> {
  try {
    await reportImpressions(items);
  } catch (thrown) {
    const mayPass =
      thrown instanceof Failure && ["offline", "unavailable", "rate_limited"].includes(thrown.code);
    if (mayPass) impressions.giveBack(items);
    else if (!(thrown instanceof Failure)) throw thrown;
  }
}

/** Reports while the page is open, and when it is hidden or left. */
export function startImpressions(): void {
  setInterval(() => void sendImpressions(), REPORT_EVERY_MS);
  const away = (): void => {
    paused.push(...impressions.allLeft(performance.now()));
    void sendImpressions();
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return away();
    for (const postId of paused) impressions.entered(postId, performance.now());
    paused = [];
    return undefined;
  });
  addEventListener("pagehide", away);
}
