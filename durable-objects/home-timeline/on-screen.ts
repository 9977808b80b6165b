/** Which posts an open page shows, so that their counters are asked to tell only once in a while. */
import type { PostId } from "../../feed/ids.ts";
import { ON_SCREEN_MS } from "../../feed/limits.ts";

/** In memory alone: forgotten with the object, which costs a second asking and nothing else. */
export class OnScreen {
  readonly #askedMs = new Map<PostId, number>();

  /** Those of `posts` whose counters have not been asked lately; they count as asked from now. */
  fresh(posts: readonly PostId[], nowMs: number): PostId[] {
    for (const [post, askedMs] of this.#askedMs) {
      if (nowMs - askedMs > ON_SCREEN_MS / 2) this.#askedMs.delete(post);
    }
    const fresh = posts.filter((post) => !this.#askedMs.has(post));
    for (const post of fresh) this.#askedMs.set(post, nowMs);
    return fresh;
  }

  /** The counter of a post could not be asked. */
  forgetPost(post: PostId): void {
    this.#askedMs.delete(post);
  }

  /** Nothing is on screen any more. */
  forget(): void {
    this.#askedMs.clear();
  }
}
