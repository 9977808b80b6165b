/** Calls to home timelines: placement, retries and failure. */
import type { HomeTimeline } from "../durable-objects/home-timeline/home-timeline.ts";
import type { UserId } from "../feed/ids.ts";
import { OBJECT_CALL_ATTEMPTS, OBJECT_RETRY_BASE_MS } from "../feed/limits.ts";

/** A home timeline did not answer; the same call may succeed later. */
export class HomeUnavailable extends Error {
  override readonly name = "HomeUnavailable";
}

export type HomeStub = DurableObjectStub<HomeTimeline>;

export class Homes {
  readonly #namespace: DurableObjectNamespace<HomeTimeline>;

  constructor(namespace: DurableObjectNamespace<HomeTimeline>) {
    this.#namespace = namespace;
  }

  /**
   * Calls a user's home timeline.
   * @param hint where to place it if it has never been called; fan-out has none, for it calls only
   * timelines that their readers have placed
   * @throws HomeUnavailable
   */
  async call<T>(
    user: UserId,
    work: (home: HomeStub) => Promise<T>,
    hint: DurableObjectLocationHint | null = null,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        // A stub that has thrown may stay broken, so each attempt takes a new one.
        return await work(
          this.#namespace.getByName(user, hint === null ? {} : { locationHint: hint }),
        );
      } catch (error) {
        if (attempt >= OBJECT_CALL_ATTEMPTS || !isRetryable(error)) {
          throw new HomeUnavailable(`home timeline of ${user}: ${String(error)}`, { cause: error });
        }
        const pauseMs = OBJECT_RETRY_BASE_MS * 2 ** (attempt - 1);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }
}

/** An overloaded object must not be called again at once; what else is retryable says so. */
function isRetryable(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const overloaded = "overloaded" in error && error.overloaded === true;
  return !overloaded && "retryable" in error && error.retryable === true;
}
