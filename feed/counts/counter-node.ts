/**
 * A node of a post's counter. A counter is one node, the root, until it gets more calls than an object
 * takes. Then it gives the tallies of its buckets to children, each with a part of the buckets, and a child
 * does the same if it is still too much. Children report their sums to the node above at most once a
 * second. When it is quiet again, the node takes the tallies back.
 *
 * Each bucket's tally counts at one node. A node that gives some away stops to take them first, and counts
 * what it had until the child reports; a child stops to take tallies before the node above takes them back.
 * Tallies are absolute and have versions, so that each of these steps may be repeated.
 */
import type { PostId } from "../ids.ts";
import {
  COUNTER_CHILDREN,
  COUNTER_DEPTH,
  COUNTER_MERGE_CALLS_PER_S,
  COUNTER_QUIET_MS,
  COUNTER_RATE_WINDOW_MS,
  COUNTER_SPLIT_CALLS_PER_S,
} from "../limits.ts";
import type { Counts } from "../timeline/entry.ts";
import {
  applyTallies,
  type PartOfTallies,
  type Tallies,
  type Tally,
  totalOf,
  versionOf,
} from "./tally.ts";

/** A node's name: the post's id, then a slash and a number for each step down. */
export type NodeName = string;

/** The post that a node counts. */
export function postOf(node: NodeName): PostId {
  return node.split("/")[0] ?? node;
}

/** How many steps a node is below the root. */
export function depthOf(node: NodeName): number {
  return node.split("/").length - 1;
}

/** The node above; null for the root. */
export function nodeAbove(node: NodeName): NodeName | null {
  const at = node.lastIndexOf("/");
  return at === -1 ? null : node.slice(0, at);
}

/** Which child of a node at some depth has a bucket. */
export function childFor(depth: number, bucket: number): number {
  return Math.floor(bucket / COUNTER_CHILDREN ** depth) % COUNTER_CHILDREN;
}

/** A node's number among its siblings. */
export function numberOf(node: NodeName): number {
  return Number(node.slice(node.lastIndexOf("/") + 1));
}

/** What a node counts without the replies, and the sum of its tallies' versions. */
export interface NodeSum {
  likes: number;
  reposts: number;
  version: number;
}

/** What a child tells the node above. */
export interface Report {
  /** The activation of the child that this belongs to. */
  term: number;
  /** Grows with every report of the child. */
  no: number;
  sum: NodeSum;
  /** Calls a second that the child, or the nodes below it, got of late. */
  callsPerS: number;
  /** Whether it has children of its own, so that it can't be taken back. */
  isSplit: boolean;
}

/** A child as the node above knows it. */
export interface Child {
  no: number;
  /** The time of its activation, in milliseconds since 1970; it tells one activation from the next. */
  term: number;
  /**
   * `adopting` until the child has its tallies; `active` while it takes tallies; `retiring` once the node
   * above has them back, until the child is empty.
   */
  status: "adopting" | "active" | "retiring";
  /** Null until the first report. */
  report: Report | null;
  reportedMs: number;
}

/** Everything that a node stores of itself. */
export interface NodeState {
  tallies: Tallies;
  children: readonly Child[];
  /** A child's own activation; null for the root, and for a child that takes no tallies. */
  term: number | null;
}

/** The result of a call with tallies. */
export interface AppliedTallies {
  changed: boolean;
  /** Children that have some of the buckets: the caller sends them those tallies. */
  moved: number[];
}

export class CounterNode {
  readonly #depth: number;
  #state: NodeState;
  /** Calls in this window and how many it had before, to see how busy the node is; in memory. */
  #window = { fromMs: -Infinity, calls: 0 };
  #callsPerS = 0;

  /** @param depth steps below the root */
  constructor(depth: number, state: NodeState) {
    this.#depth = depth;
    this.#state = state;
  }

  get state(): NodeState {
    return this.#state;
  }

  get isSplit(): boolean {
    return this.#state.children.length > 0;
  }

  /** Whether the node takes tallies: the root always does. */
  get isActive(): boolean {
    return this.#depth === 0 || this.#state.term !== null;
  }

  /** Takes tallies in, but for those whose buckets a child has. */
  apply(received: PartOfTallies, nowMs: number): AppliedTallies {
    this.#noteCall(nowMs);
    const parts = this.childrenOf(received.buckets);
    const { tallies } = this.#state;
    const own = { buckets: parts.get(null) ?? [], replies: received.replies };
    const after = applyTallies(tallies, own);
    this.#state = { ...this.#state, tallies: after };
    return { changed: after !== tallies, moved: [...parts.keys()].filter((no) => no !== null) };
  }

  /** Tallies by the child that has their bucket; null for those of the node itself. */
  childrenOf(tallies: readonly Tally[]): Map<number | null, Tally[]> {
    const away = this.#away();
    return Map.groupBy(tallies, ({ bucket }) => {
      const child = childFor(this.#depth, bucket);
      return away.has(child) ? child : null;
    });
  }

  /** Replaces the tallies that the node has itself, as a correction does. */
  setTallies(tallies: Tallies): void {
    this.#state = { ...this.#state, tallies };
  }

  /** What the node and those below it count. */
  sum(): NodeSum {
    const { tallies, children } = this.#state;
    const counted = children.flatMap(({ report, status }) =>
      report === null || status === "retiring" ? [] : [report.sum],
    );
    const own = totalOf(tallies);
    const total = { likes: own.likes, reposts: own.reposts, version: versionOf(tallies) };
    for (const { likes, reposts, version } of counted) {
      total.likes += likes;
      total.reposts += reposts;
      total.version += version;
    }
    return total;
  }

  /** The counts of the root: with the replies, which are never given away. */
  counts(): Counts {
    const { likes, reposts } = this.sum();
    return { likes, reposts, replies: this.#state.tallies.replies.replies };
  }

  /** Calls a second of late, of this node and of those below it. */
  callsPerS(nowMs: number): number {
    this.#rollWindow(nowMs);
    const below = this.#state.children.map(({ report, reportedMs }) =>
      report === null || nowMs - reportedMs > COUNTER_QUIET_MS ? 0 : report.callsPerS,
    );
    return below.reduce((sum, calls) => sum + calls, this.#callsPerS);
  }

  /**
   * Gives the buckets to children if the node gets too many calls: to all of them, or to those that it has
   * already taken back.
   * @returns whether it does so now
   */
  splitIfBusy(nowMs: number): boolean {
    this.#rollWindow(nowMs);
    if (this.#callsPerS <= COUNTER_SPLIT_CALLS_PER_S || this.#depth >= COUNTER_DEPTH) return false;
    const before = new Set(this.#state.children.map(({ no }) => no));
    const missing = Array.from({ length: COUNTER_CHILDREN }, (_, no) => no).filter(
      (no) => !before.has(no),
    );
    if (missing.length === 0) return false;
    const added = missing.map((no): Child => ({
      no,
      term: nowMs,
      status: "adopting",
      report: null,
      reportedMs: nowMs,
    }));
    this.#state = { ...this.#state, children: [...this.#state.children, ...added] };
    return true;
  }

  /** The tallies that a child adopts. They count here until it reports. */
  talliesFor(no: number): PartOfTallies {
    return { buckets: this.#bucketsOf(no, true), replies: null };
  }

  /** Notes that a child has adopted its tallies. */
  noteAdopted(no: number, term: number): void {
    this.#change(no, (child) =>
      child.term === term && child.status === "adopting" ? { ...child, status: "active" } : child,
    );
  }

  /**
   * Takes a child's report. The tallies that it adopted are in it, and count here no longer. An older
   * report than the last one changes nothing.
   * @returns false if the child should take no tallies: it hands over those that it has
   */
  takeReport(no: number, report: Report, nowMs: number): boolean {
    const child = this.#child(no);
    if (child === undefined || child.term !== report.term || child.status === "retiring") {
      return false;
    }
    if (child.report !== null && child.report.no >= report.no) return true;
    if (child.report === null) this.#dropBuckets(no);
    this.#change(no, (one) => ({ ...one, status: "active", report, reportedMs: nowMs }));
    return true;
  }

  /** Whether it is so quiet that the children's tallies fit in here again. */
  isQuiet(nowMs: number): boolean {
    const { children } = this.#state;
    if (children.length === 0) return false;
    const settled = children.every(
      ({ status, term, report }) =>
        status !== "adopting" && nowMs - term >= COUNTER_QUIET_MS && report?.isSplit !== true,
    );
    return settled && this.callsPerS(nowMs) < COUNTER_MERGE_CALLS_PER_S;
  }

  /** Takes back the tallies of a child, which takes no others by now. */
  takeBack(no: number, term: number, tallies: PartOfTallies): void {
    const child = this.#child(no);
    if (child === undefined || child.term !== term || child.status === "retiring") return;
    this.#change(no, (one) => ({ ...one, status: "retiring", report: null }));
    const { tallies: before } = this.#state;
    this.#state = { ...this.#state, tallies: applyTallies(before, tallies) };
  }

  /** Notes that a child is empty. */
  noteCleared(no: number, term: number): void {
    const children = this.#state.children.filter(
      (child) => child.no !== no || child.term !== term || child.status !== "retiring",
    );
    this.#state = { ...this.#state, children };
  }

  /** As a child: adopts tallies, and takes more from now on. An earlier activation than the own is over. */
  adopt(tallies: PartOfTallies, term: number): void {
    const { tallies: before, term: own } = this.#state;
    if (own !== null && own > term) return;
    this.#state = { ...this.#state, tallies: applyTallies(before, tallies), term };
  }

  /** As a child: takes no tallies any more. @returns what it has; null if it has children itself */
  retire(): PartOfTallies | null {
    if (this.isSplit) return null;
    this.#state = { ...this.#state, term: null };
    return { buckets: this.#state.tallies.buckets, replies: null };
  }

  /** The numbers of the children that have their buckets themselves. */
  #away(): Set<number> {
    const away = this.#state.children.filter(({ status }) => status !== "retiring");
    return new Set(away.map(({ no }) => no));
  }

  #bucketsOf(no: number, itsOwn: boolean) {
    return this.#state.tallies.buckets.filter(
      ({ bucket }) => (childFor(this.#depth, bucket) === no) === itsOwn,
    );
  }

  #dropBuckets(no: number): void {
    const { tallies } = this.#state;
    const buckets = this.#bucketsOf(no, false);
    this.#state = { ...this.#state, tallies: { ...tallies, buckets } };
  }

  #child(no: number): Child | undefined {
    return this.#state.children.find((child) => child.no === no);
  }

  #change(no: number, change: (child: Child) => Child): void {
    const children = this.#state.children.map((child) => (child.no === no ? change(child) : child));
    this.#state = { ...this.#state, children };
  }

  #noteCall(nowMs: number): void {
    this.#rollWindow(nowMs);
    this.#window.calls++;
    // A node that is overrun does not wait for the end of the window.
    const seconds = COUNTER_RATE_WINDOW_MS / 1_000;
    this.#callsPerS = Math.max(this.#callsPerS, this.#window.calls / seconds);
  }

  #rollWindow(nowMs: number): void {
    const ageMs = nowMs - this.#window.fromMs;
    if (ageMs >= 0 && ageMs < COUNTER_RATE_WINDOW_MS) return;
    const isNext = ageMs >= 0 && ageMs < 2 * COUNTER_RATE_WINDOW_MS;
    this.#callsPerS = isNext ? (this.#window.calls * 1_000) / COUNTER_RATE_WINDOW_MS : 0;
    this.#window = { fromMs: nowMs, calls: 0 };
  }
}
