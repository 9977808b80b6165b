/**
 * Fan-out in virtual time, on as many queues and shards as a small part of the Skein has, each with its
 * whole load. The plan of a fan-out, the choice of the queue, the grouping by recipient and the pauses of
 * retries are the project's own code.
 */
import {
  groupByRecipient,
  planParts,
  queueOf,
  retryDelayS,
  retryOf,
} from "../../../feed/delivery/fanout.ts";
import type { FanoutJob } from "../../../feed/delivery/jobs.ts";
import { type Id, idBucket, makeId } from "../../../feed/ids.ts";
import {
  BUCKETS,
  DELIVERY_CONCURRENCY,
  JOB_ATTEMPTS_MAX,
  OUTBOX_DUE_MS,
  SWEEP_MAX_ROWS,
} from "../../../feed/limits.ts";
import type { Random } from "../../demo/random.ts";
import { FANOUT_BATCH } from "../calibration.ts";
import { type Clock, Server } from "./clock.ts";
import { aroundMs, gapMs, TruncatedPareto } from "./draws.ts";

/** The part of a Skein that is simulated. */
export interface Part {
  queues: number;
  shards: number;
  /** Posts a second that come to this part. */
  postsPerS: number;
  /** How busy a shard is with everything but fan-out, as a share. */
  busy: number;
  meanFollowers: number;
  /** The share of posts that are of pulled authors. */
  pulledShare: number;
  threshold: number;
  consumers: number;
  callMs: number;
  farCallMs: number;
  farShare: number;
  statementMs: number;
}

/** What happens to it meanwhile. Times are in virtual milliseconds. */
export interface Outage {
  fromMs: number;
  toMs: number;
  /** A shard that is down, a queue that takes nothing, or a crowd that posts `factor` times as much. */
  kind: "shard" | "queue" | "crowd";
  factor?: number;
}

interface Waiting {
  job: FanoutJob;
  recipients: Id[];
  postedMs: number;
  /** A pulled author's post is appended to a feed instead. */
  isPulled: boolean;
}

/** One of so many followers of a post has its delivery noted. */
const NOTED = 4;
const ROUNDS_OF_STATEMENTS = 3;
const SWEEP_EVERY_MS = 60_000;

export class PushedPosts {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #part: Part;
  readonly #outage: Outage | null;
  readonly #queues: { waiting: Waiting[]; busy: number }[];
  readonly #shards: Server[];
  readonly #audiences: TruncatedPareto;
  readonly #visible: (postedMs: number, tookMs: number) => void;
  readonly #appended: (postedMs: number) => void;
  /** Jobs whose messages no queue took: the sweep sends them. */
  readonly #outbox: { waiting: Waiting; sinceMs: number }[] = [];
  posts = 0;
  refused = 0;
  deadLetters = 0;

  constructor(
    clock: Clock,
    random: Random,
    { part, outage }: { part: Part; outage: Outage | null },
    seen: {
      visible: (postedMs: number, tookMs: number) => void;
      appended: (postedMs: number) => void;
    },
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#part = part;
    this.#outage = outage;
    this.#visible = seen.visible;
    this.#appended = seen.appended;
    this.#queues = Array.from({ length: part.queues }, () => ({ waiting: [], busy: 0 }));
    this.#shards = Array.from({ length: part.shards }, () => new Server(clock));
    this.#audiences = new TruncatedPareto(1, part.threshold, part.meanFollowers);
    this.#setDown();
    this.#scheduleNext();
    this.#clock.after(SWEEP_EVERY_MS, () => {
      this.#sweep();
    });
  }

  /** Messages that wait. */
  get backlog(): number {
    return this.#queues.reduce((sum, { waiting }) => sum + waiting.length, 0) + this.#outbox.length;
  }

  #setDown(): void {
    const { fromMs = 0, toMs = 0, kind } = this.#outage ?? {};
    if (kind !== "shard") return;
    this.#clock.at(fromMs, () => {
      const [first] = this.#shards;
      if (first !== undefined) first.downUntilMs = toMs;
    });
  }

  #isOut(kind: Outage["kind"]): boolean {
    const { nowMs } = this.#clock;
    const outage = this.#outage;
    return outage?.kind === kind && nowMs >= outage.fromMs && nowMs < outage.toMs;
  }

  #scheduleNext(): void {
    const factor = this.#isOut("crowd") ? (this.#outage?.factor ?? 1) : 1;
    this.#clock.after(gapMs(this.#random, this.#part.postsPerS * factor), () => {
      this.#post();
      this.#scheduleNext();
    });
  }

  #newId(): Id {
    const { nowMs } = this.#clock;
    return makeId(1e12 + nowMs, this.#random.below(BUCKETS), this.#random.below(2 ** 25));
  }

  #post(): void {
    const author = this.#newId();
    if (this.#shardOf(author).take(0) === null) {
      // The author gets a 503, and tries again.
      this.refused++;
      return;
    }
    this.posts++;
    const isPulled = this.#random.chance(this.#part.pulledShare);
    const followers = isPulled ? 0 : Math.round(this.#audiences.draw(this.#random));
    const id = this.#newId();
    for (const [part, range] of planParts(followers).entries()) {
      const count = Math.floor((followers * (range[1] - range[0] + 1)) / BUCKETS);
      const recipients = Array.from({ length: count }, () => this.#newId());
      const change = { kind: "remove" as const, id };
      const job: FanoutJob = { v: 1, kind: "fanout", id, part, attempt: 0, author, range, change };
      this.#send({ job, recipients, postedMs: this.#clock.nowMs, isPulled });
    }
  }

  #send(waiting: Waiting): void {
    const number = queueOf(waiting.job.author, waiting.job.part, this.#queues.length);
    const queue = this.#queues[number];
    if (queue === undefined) return;
    if (number === 0 && this.#isOut("queue")) {
      this.#outbox.push({ waiting, sinceMs: this.#clock.nowMs });
      return;
    }
    queue.waiting.push(waiting);
    this.#consume(number);
  }

  #sweep(): void {
    const { nowMs } = this.#clock;
    const most = SWEEP_MAX_ROWS * this.#shards.length;
    const due = this.#outbox
      .filter(({ sinceMs }) => nowMs - sinceMs > OUTBOX_DUE_MS)
      .slice(0, most);
    const taken = new Set(due);
    this.#outbox.splice(0, this.#outbox.length, ...this.#outbox.filter((row) => !taken.has(row)));
    for (const { waiting } of due) this.#send(waiting);
    this.#clock.after(SWEEP_EVERY_MS, () => {
      this.#sweep();
    });
  }

  #consume(number: number): void {
    const queue = this.#queues[number];
    if (queue === undefined || queue.waiting.length === 0) return;
    if (queue.busy >= this.#part.consumers) return;
    queue.busy++;
    const batch = queue.waiting.splice(0, FANOUT_BATCH);
    this.#readRounds(batch, ROUNDS_OF_STATEMENTS, (read) => {
      const tookMs = this.#deliver(read);
      this.#clock.after(tookMs, () => {
        queue.busy--;
        this.#consume(number);
      });
    });
  }

  /** Runs the rounds of statements that come before the deliveries, each in the shards of its jobs. */
  #readRounds(batch: Waiting[], rounds: number, then: (read: Waiting[]) => void): void {
    if (rounds === 0) {
      then(batch);
      return;
    }
    const { callMs, statementMs, busy } = this.#part;
    const byShard = Map.groupBy(batch, ({ job }) => this.#shardOf(job.author));
    const read: Waiting[] = [];
    let untilMs = this.#clock.nowMs;
    for (const [shard, some] of byShard) {
      const doneMs = shard.take(
        ((1 + some.length / ROUNDS_OF_STATEMENTS) * statementMs) / (1 - busy),
      );
      if (doneMs === null) for (const waiting of some) this.#retry(waiting, waiting.recipients);
      else {
        read.push(...some);
        untilMs = Math.max(untilMs, doneMs);
      }
    }
    this.#clock.at(untilMs + aroundMs(this.#random, callMs), () => {
      this.#readRounds(read, rounds - 1, then);
    });
  }

  #retry(waiting: Waiting, unreached: Id[]): void {
    const job = retryOf(waiting.job, unreached, waiting.job.part);
    if (job.attempt >= JOB_ATTEMPTS_MAX) {
      this.deadLetters++;
      return;
    }
    this.#clock.after(retryDelayS(job.attempt) * 1_000, () => {
      this.#send({ ...waiting, job, recipients: unreached });
    });
  }

  /** Calls each recipient once, so many at a time. @returns how long that takes */
  #deliver(batch: Waiting[]): number {
    const plans = batch.map(({ job, recipients }) => ({ job, recipients, epoch: 0 }));
    const postedMs = new Map(batch.map((waiting) => [waiting.job.id, waiting.postedMs]));
    const { callMs, farCallMs, farShare } = this.#part;
    const startMs = this.#clock.nowMs;
    for (const waiting of batch) if (waiting.isPulled) this.#appended(waiting.postedMs);
    const lanes = Array.from({ length: DELIVERY_CONCURRENCY }, () => 0);
    const noteEvery = plans.length * NOTED;
    let n = this.#random.below(noteEvery);
    let last = 0;
    for (const [, deliveries] of groupByRecipient(plans)) {
      const median = this.#random.chance(farShare) ? farCallMs : callMs;
      // The lanes free themselves about in turn.
      const lane = n % lanes.length;
      const doneMs = (lanes[lane] ?? 0) + aroundMs(this.#random, median);
      lanes[lane] = doneMs;
      last = Math.max(last, doneMs);
      n++;
      if (n % noteEvery !== 0) continue;
      for (const delivery of deliveries) {
        const sinceMs = postedMs.get("id" in delivery ? delivery.id : delivery.entry.id);
        if (sinceMs !== undefined) this.#visible(sinceMs, startMs + doneMs - sinceMs);
      }
    }
    return last;
  }

  #shardOf(id: Id): Server {
    const shard = this.#shards[idBucket(id) % this.#shards.length];
    if (shard === undefined) throw new Error("no shard");
    return shard;
  }
}
