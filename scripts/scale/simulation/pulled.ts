/**
 * Posts of pulled authors in virtual time, in one region: the author's feed publishes once a second, the
 * region's freshness log hears of it, isolates read the log, and the next page has the post. The log and
 * the isolates' views are the project's own code.
 */
import { FreshnessLog, FreshnessView } from "../../../feed/delivery/freshness.ts";
import { reachOf } from "../../../feed/delivery/live-tree.ts";
import { type Id, makeId } from "../../../feed/ids.ts";
import {
  AUTHOR_FEED_PUBLISH_EVERY_MS,
  AUDIENCE_CONCURRENCY,
  FRESHNESS_EVERY_MS,
} from "../../../feed/limits.ts";
import type { Random } from "../../demo/random.ts";
import { type Clock, Server } from "./clock.ts";
import { aroundMs, gapMs } from "./draws.ts";

/** A region and its readers. */
export interface Region {
  /** Changes of all pulled authors' feeds a second: each region's log hears of every one. */
  changesPerS: number;
  isolates: number;
  pulledAuthors: number;
  largestAudience: number;
  online: number;
  callMs: number;
  farCallMs: number;
  callsPerS: number;
}

/** Isolates that are simulated, and changes that are followed to a page. */
const ISOLATES = 5;
const FOLLOWED_SHARE_PER_S = 200;
const OTHER_CALLS_STEP_MS = 20;

export class PulledPosts {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #region: Region;
  readonly #log: FreshnessLog;
  readonly #server: Server;
  readonly #views: FreshnessView[];
  readonly #seen: { visible: (tookMs: number) => void; live: (tookMs: number) => void };
  /** Changes that are followed until every view has them. */
  #followed: { author: Id; version: number; postedMs: number; waiting: Set<number> }[] = [];
  #versions = 0;

  constructor(
    clock: Clock,
    random: Random,
    region: Region,
    seen: { visible: (tookMs: number) => void; live: (tookMs: number) => void },
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#region = region;
    this.#seen = seen;
    this.#log = new FreshnessLog("simulated", 0);
    this.#server = new Server(clock);
    this.#views = Array.from({ length: ISOLATES }, () => new FreshnessView());
    for (const [n, view] of this.#views.entries()) {
      this.#clock.after(random.next() * FRESHNESS_EVERY_MS, () => {
        this.#ask(n, view);
      });
    }
    this.#otherIsolates();
    this.#otherChanges();
  }

  /** A post that its author's feed has got, `elapsedMs` after it was published. */
  appended(postedMs: number): void {
    const { callMs, farCallMs } = this.#region;
    // The feed publishes at once if it has not for a second; a busy author's post waits for its turn.
    const waitMs = this.#random.chance(0.5)
      ? 0
      : this.#random.next() * AUTHOR_FEED_PUBLISH_EVERY_MS;
    const toLogMs = waitMs + aroundMs(this.#random, callMs) + aroundMs(this.#random, farCallMs);
    this.#live(postedMs, waitMs);
    this.#clock.after(toLogMs, () => {
      this.#note(postedMs);
    });
  }

  /** The post goes down the live tree to everybody who is online. */
  #live(postedMs: number, waitMs: number): void {
    const { largestAudience, online, callMs, farCallMs } = this.#region;
    const { levels, callsInSequence } = reachOf(largestAudience, online);
    const perCallMs = callMs / AUDIENCE_CONCURRENCY;
    const treeMs = callsInSequence * perCallMs + levels * aroundMs(this.#random, farCallMs);
    this.#seen.live(this.#clock.nowMs - postedMs + waitMs + treeMs);
  }

  #note(postedMs: number | null): void {
    const doneMs = this.#server.take(1_000 / this.#region.callsPerS);
    if (doneMs === null) return;
    this.#clock.at(doneMs, () => {
      const author = makeId(1, 0, this.#random.below(Math.max(1, this.#region.pulledAuthors)));
      const version = ++this.#versions;
      this.#log.recordVersion(author, version, this.#clock.nowMs);
      if (postedMs === null) return;
      this.#followed.push({ author, version, postedMs, waiting: new Set(this.#views.keys()) });
    });
  }

  /** An isolate reads the log; a page that it then serves has what its view knows of. */
  #ask(n: number, view: FreshnessView): void {
    const askedMs = this.#clock.nowMs;
    const doneMs = this.#server.take(1_000 / this.#region.callsPerS) ?? askedMs;
    this.#clock.at(doneMs + aroundMs(this.#random, this.#region.callMs), () => {
      view.apply(this.#log.changesAfter(view.position, this.#clock.nowMs), askedMs);
      for (const change of this.#followed) {
        if (!change.waiting.has(n) || view.versionOf(change.author) < change.version) continue;
        change.waiting.delete(n);
        this.#seen.visible(this.#clock.nowMs - change.postedMs);
      }
      this.#followed = this.#followed.filter(({ waiting }) => waiting.size > 0);
      this.#clock.after(Math.max(0, FRESHNESS_EVERY_MS - (this.#clock.nowMs - askedMs)), () => {
        this.#ask(n, view);
      });
    });
  }

  /** The calls of the isolates that are not simulated one by one. */
  #otherIsolates(): void {
    const calls = ((this.#region.isolates - ISOLATES) * OTHER_CALLS_STEP_MS) / FRESHNESS_EVERY_MS;
    if (calls > 0) this.#server.take((calls * 1_000) / this.#region.callsPerS);
    this.#clock.after(OTHER_CALLS_STEP_MS, () => {
      this.#otherIsolates();
    });
  }

  /** The changes that are not followed to a page. */
  #otherChanges(): void {
    const perS = Math.max(0.001, this.#region.changesPerS - FOLLOWED_SHARE_PER_S);
    this.#clock.after(gapMs(this.#random, perS), () => {
      this.#note(null);
      this.#otherChanges();
    });
  }
}
