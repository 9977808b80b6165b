/**
 * Posts of pulled authors in virtual time: the author's feed publishes once a second, a hub hears of it,
 * isolates ask the hub about the authors that they serve, and the next page has the post. What the hub
 * remembers and what the isolates know are the project's own code.
 */
import { AuthorMemory } from "../../../feed/delivery/author-memory.ts";
import { FreshnessView } from "../../../feed/delivery/freshness.ts";
import { reachOf } from "../../../feed/delivery/hub-ring.ts";
import { type Id, makeId } from "../../../feed/ids.ts";
import {
  AUTHOR_FEED_PUBLISH_EVERY_MS,
  FRESHNESS_EVERY_MS,
  HUB_CONCURRENCY,
  HUB_FORWARD_EVERY_MS,
} from "../../../feed/limits.ts";
import type { Random } from "../../demo/random.ts";
import { type Clock, Server } from "./clock.ts";
import { aroundMs } from "./draws.ts";

/** A region's hubs, one of which is simulated, and its readers. */
export interface Region {
  hubs: number;
  /** Members of a hub, and the calls a second that it gets and makes. */
  members: number;
  hubCallsPerS: number;
  callMs: number;
  farCallMs: number;
  callsPerS: number;
}

/** Isolates that are simulated. */
const ISOLATES = 5;
const OTHER_CALLS_STEP_MS = 20;
/** Version that an author's feed has before its post. */
const BEFORE = 1;

/** A post that is followed to a page of each isolate; each is by an author of its own. */
interface Followed {
  author: Id;
  postedMs: number;
  waiting: Set<number>;
}

export class PulledPosts {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #region: Region;
  readonly #hub = new AuthorMemory();
  readonly #server: Server;
  readonly #seen: { visible: (tookMs: number) => void; live: (tookMs: number) => void };
  #followed: Followed[] = [];
  #authors = 0;

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
    this.#server = new Server(clock);
    for (let n = 0; n < ISOLATES; n++) {
      const view = new FreshnessView();
      this.#clock.after(random.next() * FRESHNESS_EVERY_MS, () => {
        this.#ask(n, view);
      });
    }
    this.#otherCalls();
  }

  /** A post that its author's feed has got now. */
  appended(postedMs: number): void {
    const { hubs, callMs, farCallMs } = this.#region;
    // The feed publishes at once if it has not for a second; a busy author's post waits for its turn.
    let tookMs = this.#random.chance(0.5) ? 0 : this.#random.next() * AUTHOR_FEED_PUBLISH_EVERY_MS;
    tookMs += aroundMs(this.#random, farCallMs);
    for (let level = 1; level < reachOf(hubs).levels; level++) {
      tookMs += aroundMs(this.#random, callMs);
    }
    const author = makeId(1, 0, this.#authors++);
    this.#hub.beginAsking(author);
    const snapshot = { version: BEFORE, fromMs: this.#clock.nowMs, news: [] };
    this.#hub.endAsking(author, snapshot, this.#clock.nowMs);
    this.#clock.after(tookMs, () => {
      this.#takeIn(author, postedMs);
    });
  }

  /** The hub hears of a post, and brings it to its members. */
  #takeIn(author: Id, postedMs: number): void {
    const { members, callMs, farCallMs, callsPerS } = this.#region;
    const doneMs = this.#server.take(1_000 / callsPerS);
    if (doneMs === null) return;
    this.#clock.at(doneMs, () => {
      const news = { author, changes: [], version: BEFORE + 1, after: BEFORE };
      this.#hub.takeIn(news, this.#clock.nowMs);
      this.#followed.push({ author, postedMs, waiting: new Set(Array(ISOLATES).keys()) });
      const pauseMs = this.#random.next() * HUB_FORWARD_EVERY_MS;
      const callsMs = (members / HUB_CONCURRENCY) * callMs + aroundMs(this.#random, farCallMs);
      this.#seen.live(this.#clock.nowMs - postedMs + pauseMs + callsMs);
    });
  }

  /** An isolate asks the hub; a page that it then serves is no older than the answer. */
  #ask(n: number, view: FreshnessView): void {
    const askedMs = this.#clock.nowMs;
    const authors = this.#followed.map(({ author }) => author);
    view.noteAsked(authors, askedMs);
    const doneMs = this.#server.take(1_000 / this.#region.callsPerS) ?? askedMs;
    this.#clock.at(doneMs + aroundMs(this.#random, this.#region.callMs), () => {
      const versions = authors.map((author): [Id, number] => [
        author,
        this.#hub.versionOf(author) ?? 0,
      ]);
      view.apply(new Map(versions), askedMs);
      for (const post of this.#followed) {
        if (view.versionOf(post.author) > BEFORE && post.waiting.delete(n)) {
          this.#seen.visible(this.#clock.nowMs - post.postedMs);
        }
      }
      this.#followed = this.#followed.filter(({ waiting }) => waiting.size > 0);
      this.#clock.after(Math.max(0, FRESHNESS_EVERY_MS - (this.#clock.nowMs - askedMs)), () => {
        this.#ask(n, view);
      });
    });
  }

  /** The calls of the hub that are not simulated one by one. */
  #otherCalls(): void {
    const { hubCallsPerS, callsPerS } = this.#region;
    const calls = (hubCallsPerS * OTHER_CALLS_STEP_MS) / 1_000;
    if (calls > 0) this.#server.take((calls * 1_000) / callsPerS);
    this.#clock.after(OTHER_CALLS_STEP_MS, () => {
      this.#otherCalls();
    });
  }
}
