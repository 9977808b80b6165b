/** Which posts an open page shows, so that their counters are asked to tell only once in a while. */
import pMap from "p-map";
import type { PostId } from "../../feed/ids.ts";
import { AUDIENCE_CONCURRENCY, ON_SCREEN_MS } from "../../feed/limits.ts";

/** In memory alone: forgotten with the object, which costs a second asking and nothing else. */
export class OnScreen {
  readonly #askedMs = new Map<PostId, number>();
  readonly #ask: (post: PostId) => Promise<void>;

  /** @param ask has a post's counter tell the owner */
  constructor(ask: (post: PostId) => Promise<void>) {
    this.#ask = ask;
  }

  /** Asks the counters of those posts that have not been asked lately. */
  async watch(posts: readonly PostId[], nowMs: number): Promise<void> {
    await pMap(
      this.#fresh(posts, nowMs),
      async (post) => {
        try {
          await this.#ask(post);
        } catch {
          // The next page with the post asks again.
          this.#askedMs.delete(post);
        }
      },
      { concurrency: AUDIENCE_CONCURRENCY },
    );
  }

  /** Nothing is on screen any more. */
  forget(): void {
    this.#askedMs.clear();
  }

  #fresh(posts: readonly PostId[], nowMs: number): PostId[] {
    for (const [post, askedMs] of this.#askedMs) {
      if (nowMs - askedMs > ON_SCREEN_MS / 2) this.#askedMs.delete(post);
    }
    const fresh = posts.filter((post) => !this.#askedMs.has(post));
    for (const post of fresh) this.#askedMs.set(post, nowMs);
    return fresh;
  }
}
