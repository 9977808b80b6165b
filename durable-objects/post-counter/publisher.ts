/** Publishes a counter's counts: to hubs, to KV and to the store, each as often as it takes them. */
import { errorText } from "../../feed/error-text.ts";
import type { CounterNode } from "../../feed/counts/counter-node.ts";
import { countsKey, publishedText } from "../../feed/counts/published-counts.ts";
import type { Velocity } from "../../feed/counts/velocity.ts";
import { countedJob } from "../../feed/delivery/new-jobs.ts";
import { idOfOwner, type PostId } from "../../feed/ids.ts";
import {
  COUNTS_KEPT_S,
  COUNTS_KV_EVERY_MS,
  COUNTS_PUSH_EVERY_MS,
  COUNTS_STORE_EVERY_MS,
} from "../../feed/limits.ts";
import type { Card, Counts } from "../../feed/timeline/entry.ts";
import { sendToSubscribers } from "../live/hub-calls.ts";
import type { Subscribers } from "../live/subscribers.ts";
import type { LastPublished } from "./store.ts";

type Destinations = Pick<Env, "HUB" | "COUNTS" | "COUNTING_0">;

export class CounterPublisher {
  readonly #post: PostId;
  readonly #node: CounterNode;
  readonly #env: Destinations;
  readonly #subscribers: Subscribers;
  #lastPublished: LastPublished;

  constructor(
    post: PostId,
    node: CounterNode,
    { env, subscribers }: { env: Destinations; subscribers: Subscribers },
    lastPublished: LastPublished,
  ) {
    this.#post = post;
    this.#node = node;
    this.#env = env;
    this.#subscribers = subscribers;
    this.#lastPublished = lastPublished;
  }

  get lastPublished(): LastPublished {
    return this.#lastPublished;
  }

  /**
   * Publishes the counts to each destination that is due. @param beside what is published with the counts in KV. A
   * changed card of the author stays there, because timelines keep entries with the old one.
   */
  async publish({ velocity, author }: { velocity: Velocity; author: Card | null }): Promise<void> {
    await this.#publishIfDue("push", COUNTS_PUSH_EVERY_MS, () => this.sendToHubs());
    await this.#publishIfDue("kv", COUNTS_KV_EVERY_MS, ({ counts }) =>
      author === null
        ? this.#env.COUNTS.put(countsKey(this.#post), publishedText({ counts, velocity }), {
            expirationTtl: COUNTS_KEPT_S,
          })
        : this.#env.COUNTS.put(countsKey(this.#post), publishedText({ counts, velocity, author })),
    );
    await this.#publishIfDue("store", COUNTS_STORE_EVERY_MS, ({ counts, version, nowMs }) => {
      const id = idOfOwner(this.#post, nowMs);
      return this.#env.COUNTING_0.send(countedJob(id, this.#post, counts, version));
    });
  }

  /** Sends hubs the counts as of now. @throws if one does not take them */
  sendToHubs(): Promise<void> {
    const counts = [{ post: this.#post, counts: this.#node.counts(), atMs: Date.now() }];
    return sendToSubscribers(this.#env, this.#subscribers, { news: [], counts });
  }

  /** When the first publish is due; Infinity if every destination has the counts. */
  dueMs(): number {
    const { version } = this.#node.sum();
    const { push, kv, store } = this.#lastPublished;
    return Math.min(
      push.version === version ? Infinity : push.atMs + COUNTS_PUSH_EVERY_MS,
      kv.version === version ? Infinity : kv.atMs + COUNTS_KV_EVERY_MS,
      store.version === version ? Infinity : store.atMs + COUNTS_STORE_EVERY_MS,
    );
  }

  /** When it last published anything. */
  get lastMs(): number {
    const { push, kv, store } = this.#lastPublished;
    return Math.max(push.atMs, kv.atMs, store.atMs);
  }

  /** Notes that every destination has the counts as of now. */
  noteAllPublished(nowMs: number): void {
    const published = { version: this.#node.sum().version, atMs: nowMs };
    this.#lastPublished = { push: published, kv: published, store: published };
  }

  /** Publishes once more what may have been published with this version. */
  publishAgain(): void {
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
    const { version } = this.#node.sum();
    const nowMs = Date.now();
    if (before.version === version || nowMs - before.atMs < everyMs) return;
    let publishedVersion = version;
    try {
      await publish({ counts: this.#node.counts(), version, nowMs });
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
}
