/**
 * Which posts on an open page already have a counter that sends its counts here. The list is in
 * memory: losing it with the object costs a second call to each counter and nothing else.
 */
import type { PostId } from "../../feed/ids.ts";
import { ON_SCREEN_MS } from "../../feed/limits.ts";
import { broadcast } from "../live/broadcast.ts";

export class CountSubscriptions {
  readonly #subscribedMs = new Map<PostId, number>();
  readonly #subscribe: (post: PostId) => Promise<void>;

  /** @param subscribe has a post's counter send its counts to the owner */
  constructor(subscribe: (post: PostId) => Promise<void>) {
    this.#subscribe = subscribe;
  }

  /** Subscribes to the counters of those posts that have no recent subscription. */
  async subscribe(posts: readonly PostId[], nowMs: number): Promise<void> {
    await broadcast(this.#begin(posts, nowMs), {
      call: (post) => this.#subscribe(post),
      onAnswer: () => undefined,
      // The next page with the post subscribes again.
      onFailure: (post) => this.#subscribedMs.delete(post),
    });
  }

  /** Forgets all subscriptions, when no page is open any more. */
  clear(): void {
    this.#subscribedMs.clear();
  }

  /** Notes subscriptions before the calls, so that a second page does not repeat them meanwhile. */
  #begin(posts: readonly PostId[], nowMs: number): PostId[] {
    for (const [post, subscribedMs] of this.#subscribedMs) {
      if (nowMs - subscribedMs > ON_SCREEN_MS / 2) this.#subscribedMs.delete(post);
    }
    const missing = posts.filter((post) => !this.#subscribedMs.has(post));
    for (const post of missing) this.#subscribedMs.set(post, nowMs);
    return missing;
  }
}
