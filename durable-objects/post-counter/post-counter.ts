/**
 * One post's counts. It hears how many accounts of each bucket react, adds up, and tells others in
 * their own time: open pages at most once a second, KV every few seconds, the store less often. An
 * alarm carries what is still to be told, so that the last value is never lost.
 */
import { DurableObject } from "cloudflare:workers";
import { type Counts, reactionsIn } from "../../feed/timeline/entry.ts";
import {
  ID_RANDOM_RANGE,
  idBucket,
  idTimeMs,
  makeId,
  type PostId,
  type UserId,
} from "../../feed/ids.ts";
import type { CountedJob } from "../../feed/delivery/jobs.ts";
import {
  COUNTS_KEPT_S,
  COUNTS_KV_EVERY_MS,
  COUNTS_PUSH_EVERY_MS,
  COUNTS_STORE_EVERY_MS,
} from "../../feed/limits.ts";
import { meanPerHour, type Velocity, quicken, steadyVelocity } from "../../feed/counts/velocity.ts";
import { countsKey, publishedText } from "../../feed/counts/published-counts.ts";
import {
  applyTallies,
  type ReplyTally,
  type Tallies,
  type Tally,
  totalOf,
  versionOf,
} from "../../feed/counts/tally.ts";
import { Audience } from "../live/audience.ts";
import { audienceCalls } from "../live/audience-calls.ts";
import { migrate } from "../storage/migrate.ts";
import { COUNTER_MIGRATIONS, CounterStore, type LastPublished } from "./store.ts";

export class PostCounter extends DurableObject<Env> {
  readonly #store: CounterStore;
  readonly #audience: Audience;
  readonly #post: string;
  #tallies: Tallies;
  #lastPublished: LastPublished;
  #pace: Velocity;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, COUNTER_MIGRATIONS);
    const { name } = ctx.id;
    if (name === undefined) throw new Error("a counter is addressed by its post's id");
    this.#post = name;
    this.#store = new CounterStore(ctx.storage.sql);
    this.#audience = new Audience(ctx.storage.sql, `counts:${name}`, audienceCalls(env));
    const { tallies, lastPublished, pace } = this.#store.load();
    this.#tallies = tallies;
    this.#lastPublished = lastPublished;
    this.#pace = pace ?? this.#usualVelocity(tallies);
  }

  /** Takes in what a batch of events says. @returns the counts as of now */
  async applyTallies(news: {
    buckets: readonly Tally[];
    replies: ReplyTally | null;
  }): Promise<Counts> {
    const known = applyTallies(this.#tallies, news);
    if (known !== this.#tallies) {
      const more = reactionsIn(totalOf(known)) - reactionsIn(totalOf(this.#tallies));
      this.#pace = quicken(this.#pace, more, Date.now());
      await this.#become(known);
    }
    return totalOf(this.#tallies);
  }

  /**
   * Puts the truth in place of what is known, and tells it to everyone anew. When it came about nobody
   * knows, so the pace is as before, if there was any.
   */
  async correct(truth: Tallies): Promise<void> {
    const anew = <T extends { version: number }>(lastPublished: T): T => ({
      ...lastPublished,
      version: -1,
    });
    const { push, kv, store } = this.#lastPublished;
    this.#lastPublished = { push: anew(push), kv: anew(kv), store: anew(store) };
    if (versionOf(this.#tallies) === 0) this.#pace = this.#usualVelocity(truth);
    await this.#become(truth);
  }

  /** The counts as of now. */
  read(): Counts {
    return totalOf(this.#tallies);
  }

  /** Notes that somebody has the post on screen. */
  watch(user: UserId): Promise<void> {
    return this.#audience.join(user, Date.now());
  }

  override async alarm(): Promise<void> {
    await this.#tellWhenDue("push", COUNTS_PUSH_EVERY_MS, ({ counts, nowMs }) =>
      this.#audience.tell([{ type: "counts", postId: this.#post, counts }], nowMs),
    );
    await this.#tellWhenDue("kv", COUNTS_KV_EVERY_MS, ({ counts }) =>
      this.env.COUNTS.put(countsKey(this.#post), publishedText({ counts, pace: this.#pace }), {
        expirationTtl: COUNTS_KEPT_S,
      }),
    );
    await this.#tellWhenDue("store", COUNTS_STORE_EVERY_MS, ({ counts, version }) =>
      this.env.COUNTING_0.send(countedJob(this.#post, counts, version)),
    );
    this.#save();
    await this.#setAlarm(Date.now());
  }

  /**
   * Tells one listener the counts as of now, if they are news for it and it has not been told lately:
   * more may have been heard while the one before it was told. One that fails keeps no other from
   * being told, and its turn comes again.
   */
  async #tellWhenDue(
    listener: keyof LastPublished,
    everyMs: number,
    tell: (news: { counts: Counts; version: number; nowMs: number }) => Promise<unknown>,
  ): Promise<void> {
    const before = this.#lastPublished[listener];
    const version = versionOf(this.#tallies);
    const nowMs = Date.now();
    if (before.version === version || nowMs - before.atMs < everyMs) return;
    let toldVersion = version;
    try {
      await tell({ counts: totalOf(this.#tallies), version, nowMs });
    } catch (error) {
      console.warn("counts could not be published", { listener, error: String(error) });
      toldVersion = before.version;
    }
    // A correction meanwhile wants to be told anew.
    if (this.#lastPublished[listener] !== before) return;
    this.#lastPublished = {
      ...this.#lastPublished,
      [listener]: { version: toldVersion, atMs: nowMs },
    };
  }

  /** The pace of what came nobody knows when: as if as much always had. */
  #usualVelocity(tallies: Tallies): Velocity {
    const nowMs = Date.now();
    const anHour = meanPerHour(reactionsIn(totalOf(tallies)), nowMs - idTimeMs(this.#post));
    return steadyVelocity(anHour, nowMs);
  }

  async #become(tallies: Tallies): Promise<void> {
    this.#tallies = tallies;
    this.#save();
    await this.#setAlarm(Date.now());
  }

  #save(): void {
    this.#store.save({
      tallies: this.#tallies,
      lastPublished: this.#lastPublished,
      pace: this.#pace,
    });
  }

  /** Sets the alarm for the first thing that is still to be told. */
  async #setAlarm(nowMs: number): Promise<void> {
    const version = versionOf(this.#tallies);
    const { push, kv, store } = this.#lastPublished;
    const next = Math.min(
      push.version === version ? Infinity : push.atMs + COUNTS_PUSH_EVERY_MS,
      kv.version === version ? Infinity : kv.atMs + COUNTS_KV_EVERY_MS,
      store.version === version ? Infinity : store.atMs + COUNTS_STORE_EVERY_MS,
    );
    if (next === Infinity) return;
    const set = await this.ctx.storage.getAlarm();
    if (set === null || set > Math.max(next, nowMs)) {
      await this.ctx.storage.setAlarm(Math.max(next, nowMs));
    }
  }
}

/**
 * The job has an id of its own: the post's own is that of its fan-out in the outbox, whose row would
 * go when this job is done, and with it the post for whoever has not got it yet.
 */
function countedJob(post: PostId, counts: Counts, version: number): CountedJob {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  const id = makeId(Date.now(), idBucket(post), random % ID_RANDOM_RANGE);
  return { v: 1, kind: "counted", id, part: 0, attempt: 0, post, counts, version };
}
