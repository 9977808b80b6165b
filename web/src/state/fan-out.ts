/**
 * A post's way through a Skein, as figures: its author, the two ways to timelines (pushed through queue
 * parts, or pulled from author feeds), and the sockets. It begins with the sums since the aggregators
 * started, and goes on with what the last seconds added.
 */
import type { Figures } from "../../../client/src/wire.ts";
import { addSums, noSums, type Sums } from "../../../feed/metrics/figures.ts";
import {
  addTo,
  emptyHistogram,
  type Histogram,
  quantile,
} from "../../../feed/metrics/histogram.ts";

/** A cell of the picture. */
export interface Cell {
  /** How many passed in the time, and per second; null if no figure says it. */
  readonly count: number | null;
  readonly perSecond: number | null;
  /** The time since the post was accepted, or that a message waited; null without values. */
  readonly lag50: number | null;
  readonly lag99: number | null;
  /** Why a value is missing; empty if none is. */
  readonly missing: string;
}

/** A bar of what is large now. */
export interface Size {
  readonly name: string;
  /** Null if it is not known. */
  readonly size: number | null;
}

/** The picture of a time. */
export interface FanOut {
  /** When the sums started, if it is of the whole time since then; null if it is of late. */
  readonly sinceMs: number | null;
  readonly seconds: number;
  readonly author: Cell;
  readonly queues: Cell;
  readonly pushed: Cell;
  readonly feeds: Cell;
  readonly pulled: Cell;
  readonly sockets: Cell;
  /** Largest first; the unknown ones last. */
  readonly sizes: readonly Size[];
  /** Why sizes are unknown; empty if none is. */
  readonly sizesMissing: string;
}

const QUEUE = "queue_wait:";
const FAN_OUT_QUEUE = "fanout";
const HEADS = ["isolate", "kv", "outbox"] as const;
const NOBODY = "No post in this time.";
const SOCKETS = "Not counted: a timeline sends frames in the call that delivers.";
const UNCOUNTED = "The platform does not say how many messages wait in some queues.";

/** What one answer says now. */
interface Now {
  atMs: number;
  regions: Figures["regions"];
  backlog: Figures["backlog"];
}

/** The picture of everything since the aggregators started: what the store of figures has. */
export function fanOutSinceStart(now: Now): FanOut {
  const sums = noSums();
  for (const region of now.regions) addSums(sums, region);
  const starts = now.regions.map(({ since }) => Date.parse(since));
  const sinceMs = Math.min(now.atMs, ...starts);
  return { ...fanOutOf(sums, now, (now.atMs - sinceMs) / 1000), sinceMs };
}

/** Whether anybody has posted, or anything is on its way. */
export function isMoving({ author, queues, pushed }: FanOut): boolean {
  return [author, queues, pushed].some(({ count }) => count !== null && count > 0);
}

/** The picture of what some seconds have added. */
export function fanOutOf(news: Sums, { backlog }: Now, seconds: number): FanOut {
  const { counters, timings } = news;
  const cell = (count: number, lags: readonly (Histogram | undefined)[], why: string): Cell => {
    const lag = merged(lags);
    return {
      count,
      perSecond: seconds > 0 ? count / seconds : null,
      lag50: lag === null ? null : quantile(lag, 0.5),
      lag99: lag === null ? null : quantile(lag, 0.99),
      missing: lag === null ? why : "",
    };
  };
  const waits = Object.entries(timings).filter(([key]) => isFanOutQueue(key));
  const messages = merged(waits.map(([, wait]) => wait))?.count ?? 0;
  const feeds = timings["delivery_lag:outbox"];
  const heads = HEADS.reduce((sum, source) => sum + (counters[`pulled_heads:${source}`] ?? 0), 0);
  return {
    sinceMs: null,
    seconds,
    author: { ...cell(counters["posts"] ?? 0, [], ""), missing: "" },
    queues: cell(
      messages,
      waits.map(([, wait]) => wait),
      NOBODY,
    ),
    pushed: cell(counters["deliveries:kept"] ?? 0, [timings["delivery_lag:timeline"]], NOBODY),
    feeds: cell(feeds?.count ?? 0, [feeds], "No post of a pulled author in this time."),
    pulled: { ...cell(heads, [], ""), missing: heads > 0 ? "" : "No page with pulled authors." },
    sockets: { count: null, perSecond: null, lag50: null, lag99: null, missing: SOCKETS },
    ...sizesOf(backlog),
  };
}

function isFanOutQueue(key: string): boolean {
  return key.startsWith(QUEUE) && key.toLowerCase().includes(FAN_OUT_QUEUE);
}

function merged(histograms: readonly (Histogram | undefined)[]): Histogram | null {
  const known = histograms.filter((histogram) => histogram !== undefined);
  if (known.every(({ count }) => count === 0)) return null;
  const all = emptyHistogram();
  for (const histogram of known) addTo(all, histogram);
  return all;
}

function sizesOf(backlog: Now["backlog"]): Pick<FanOut, "sizes" | "sizesMissing"> {
  const sizes = [
    { name: "outbox rows", size: backlog.outbox },
    { name: "dead letters", size: backlog.deadLetters },
    ...Object.entries(backlog.queues).map(([name, size]) => ({ name, size })),
  ];
  const isUnknown = Object.values(backlog.queues).some((size) => size === null);
  return {
    sizes: sizes.toSorted((a, b) => (b.size ?? -1) - (a.size ?? -1)),
    sizesMissing: isUnknown ? UNCOUNTED : "",
  };
}
