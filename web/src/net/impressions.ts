/** Impressions: which posts were in view, and how long. Sent in batches, also on leaving the page. */
import { DWELL_MAX_MS, IMPRESSIONS_MAX_ITEMS } from "../../../feed/limits.ts";
import { skein } from "./api.ts";
import type { NewImpressions } from "../../../client/src/wire.ts";
import { session } from "../state/session.ts";

/** A shorter view is no impression. */
export const SEEN_MIN_MS = 300;
/** The pause between reports: short enough for the next ranking, and far above the rate limit's. */
const REPORT_EVERY_MS = 10_000;
/** Impressions kept while there is no connection; the oldest are dropped first. */
const UNSENT_MAX_ITEMS = 500;
/** The share of a post, or of the window, that must be visible. */
const VISIBLE_SHARE = 0.5;

/** Failures after which the impressions are reported once more. */
const MAY_PASS: ReadonlySet<string> = new Set([
  "offline",
  "timeout",
  "unavailable",
  "rate_limited",
]);

type Impression = NewImpressions["items"][number];

/** Makes impressions of posts that enter and leave the view. Times are in milliseconds. */
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

  /** Ends the view of all posts. @returns them, to be entered when the reader comes back */
  allLeft(nowMs: number): string[] {
    const visible = [...this.#visible.keys()];
    for (const postId of visible) this.left(postId, nowMs);
    return visible;
  }

  /** Removes and returns the impressions of one report. */
  take(): Impression[] {
    return this.#unsent.splice(0, IMPRESSIONS_MAX_ITEMS);
  }

  /** Puts the impressions of a failed report first in the next one. */
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
/** The posts that were in view when the page was hidden. */
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

/** Watches a post's element. @returns a function that stops that */
export function watchImpressions(element: Element, postId: string): () => void {
  observer ??= new IntersectionObserver(onIntersection, { threshold: [0, 0.25, VISIBLE_SHARE] });
  postIds.set(element, postId);
  observer.observe(element);
  return () => {
    observer?.unobserve(element);
    impressions.left(postId, performance.now());
  };
}

/** Records that the reader opened a post. */
export function noteOpened(postId: string): void {
  if (session.get() !== null) impressions.opened(postId);
}

/** Sends all impressions at once, because a page that the reader leaves sends nothing later. */
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

/** Sends a report, and keeps its impressions if that fails. */
async function sendReport(items: Impression[]): Promise<void> {
  const report = await skein.reportImpressions(items, { keepalive: true });
  if (!report.ok && MAY_PASS.has(report.error.code)) impressions.giveBack(items);
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
