/**
 * One post's counts. The object receives how many accounts of each bucket react, adds them up, and
 * publishes the counts: to hubs, for open pages, at most once a second, to KV every few seconds, to the store
 * less often. An alarm publishes the counts that are still due, so that the last value is never
 * lost.
 */
import { errorText } from "../../feed/error-text.ts";
import { DurableObject } from "cloudflare:workers";
import { type Counts, reactionsIn } from "../../feed/timeline/entry.ts";
import { countedJob } from "../../feed/delivery/new-jobs.ts";
import { idOfOwner, idTimeMs } from "../../feed/ids.ts";
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
  type NewerTallies,
  type PartOfTallies,
  takeRecounted,
  type Tallies,
  totalOf,
  versionOf,
} from "../../feed/counts/tally.ts";
import type { HubName } from "../../feed/delivery/hub-ring.ts";
import { sendToSubscribers } from "../live/hub-calls.ts";
import { Subscribers } from "../live/subscribers.ts";
import { migrate } from "../storage/migrate.ts";
import { COUNTER_MIGRATIONS, CounterStore, type LastPublished } from "./store.ts";

export class PostCounter extends DurableObject<Env> {
  readonly #store: CounterStore;
  readonly #subscribers: Subscribers;
  readonly #post: string;
  #tallies: Tallies;
  #lastPublished: LastPublished;
  #velocity: Velocity;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, COUNTER_MIGRATIONS);
    const { name } = ctx.id;
    if (name === undefined) throw new Error("a counter is addressed by its post's id");
    this.#post = name;
    this.#store = new CounterStore(ctx.storage.sql);
    this.#subscribers = new Subscribers(ctx.storage.sql);
    const { tallies, lastPublished, velocity } = this.#store.load();
    this.#tallies = tallies;
    this.#lastPublished = lastPublished;
    this.#velocity = velocity ?? this.#meanVelocity(tallies);
  }

  /** Applies the tallies of a batch of counting jobs. @returns the counts as of now */
  async applyTallies(received: PartOfTallies): Promise<Counts> {
    const tallies = applyTallies(this.#tallies, received);
    if (tallies !== this.#tallies) {
      const more = reactionsIn(totalOf(tallies)) - reactionsIn(totalOf(this.#tallies));
      this.#velocity = quicken(this.#velocity, more, Date.now());
      await this.#setTallies(tallies);
    }
    return totalOf(this.#tallies);
  }

  /**
   * Compares some of the tallies with recounted ones, takes those that differ, and publishes them. The
   * recount does not say when the reactions came, so the velocity stays as it was; a counter without
   * tallies has none, and gets the mean over the post's life.
   * @param outdone tallies of this counter that are newer than those of the store, and wrong
   * @returns the counts before and after, and the tallies that stayed because they are newer
   */
  async correctBuckets(
    recounted: PartOfTallies,
    outdone: NewerTallies,
  ): Promise<{ was: Counts; is: Counts; newer: NewerTallies }> {
    const was = totalOf(this.#tallies);
    const { tallies, newer } = takeRecounted(this.#tallies, recounted, outdone);
    if (tallies !== this.#tallies) await this.#correct(tallies);
    return { was, is: totalOf(tallies), newer };
  }

  async #correct(tallies: Tallies): Promise<void> {
    const unpublished = <T extends { version: number }>(published: T): T => ({
      ...published,
      version: -1,
    });
    const { push, kv, store } = this.#lastPublished;
    this.#lastPublished = {
      push: unpublished(push),
      kv: unpublished(kv),
      store: unpublished(store),
    };
    if (versionOf(this.#tallies) === 0) this.#velocity = this.#meanVelocity(tallies);
    await this.#setTallies(tallies);
  }

  /** The counts as of now. */
  read(): Counts {
    return totalOf(this.#tallies);
  }

  /** Sends the counts to a hub from now on: a member of it has the post on screen. */
  attachHub(hub: HubName): void {
    this.#subscribers.add(this.#post, hub);
  }

  override async alarm(): Promise<void> {
    await this.#publishIfDue("push", COUNTS_PUSH_EVERY_MS, ({ counts, nowMs }) => {
      const notices = { news: [], counts: [{ post: this.#post, counts, atMs: nowMs }] };
      return sendToSubscribers(this.env, this.#subscribers, notices);
    });
    await this.#publishIfDue("kv", COUNTS_KV_EVERY_MS, ({ counts }) =>
      this.env.COUNTS.put(
        countsKey(this.#post),
        publishedText({ counts, velocity: this.#velocity }),
        { expirationTtl: COUNTS_KEPT_S },
      ),
    );
    await this.#publishIfDue("store", COUNTS_STORE_EVERY_MS, ({ counts, version, nowMs }) => {
      const id = idOfOwner(this.#post, nowMs);
      return this.env.COUNTING_0.send(countedJob(id, this.#post, counts, version));
    });
    this.#save();
    await this.#setAlarm(Date.now());
  }

  /**
   * Publishes the counts as of now to one destination, unless it has them or got counts less than
   * `everyMs` ago. It reads the counts anew, because tallies may have come in while the destination
   * before it was being written. One that fails keeps no other from its turn, and is retried.
   */
  async #publishIfDue(
    destination: keyof LastPublished,
    everyMs: number,
    publish: (current: { counts: Counts; version: number; nowMs: number }) => Promise<unknown>,
  ): Promise<void> {
    const before = this.#lastPublished[destination];
    const version = versionOf(this.#tallies);
    const nowMs = Date.now();
    if (before.version === version || nowMs - before.atMs < everyMs) return;
    let publishedVersion = version;
    try {
      await publish({ counts: totalOf(this.#tallies), version, nowMs });
    } catch (error) {
      console.warn("counts could not be published", { destination, error: errorText(error) });
      publishedVersion = before.version;
    }
    // A correction in the meantime has to be published as well.
    if (this.#lastPublished[destination] !== before) return;
    this.#lastPublished = {
      ...this.#lastPublished,
      [destination]: { version: publishedVersion, atMs: nowMs },
    };
  }

  /**
   * The velocity of reactions of unknown times: as if they had come evenly over the post's life.
   */
  #meanVelocity(tallies: Tallies): Velocity {
    const nowMs = Date.now();
    const anHour = meanPerHour(reactionsIn(totalOf(tallies)), nowMs - idTimeMs(this.#post));
    return steadyVelocity(anHour, nowMs);
  }

  async #setTallies(tallies: Tallies): Promise<void> {
    this.#tallies = tallies;
    this.#save();
    await this.#setAlarm(Date.now());
  }

  #save(): void {
    this.#store.save({
      tallies: this.#tallies,
      lastPublished: this.#lastPublished,
      velocity: this.#velocity,
    });
  }

  /** Sets the alarm for the first publish that is still due, unless an earlier one is set. */
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
