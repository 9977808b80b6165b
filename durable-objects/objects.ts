/** Calls to Durable Objects: placement, retries and failure. */
import { errorText } from "../feed/error-text.ts";
import type { AuthorFeed } from "./author-feed/author-feed.ts";
import type { HomeTimeline } from "./home-timeline/home-timeline.ts";
import type { PasswordHasher } from "./password-hasher/password-hasher.ts";
import type { PostCounter } from "./post-counter/post-counter.ts";
import type { StoreObject } from "./store-object/store-object.ts";
import { OBJECT_CALL_ATTEMPTS, OBJECT_RETRY_BASE_MS } from "../feed/limits.ts";
import { Unavailable } from "../feed/unavailable.ts";

/** An object did not answer; the same call may succeed later. */
export class ObjectUnavailable extends Unavailable {
  override readonly name = "ObjectUnavailable";
}

export type HomeStub = DurableObjectStub<HomeTimeline>;
export type CounterStub = DurableObjectStub<PostCounter>;
export type AuthorFeedStub = DurableObjectStub<AuthorFeed>;
export type PasswordHasherStub = DurableObjectStub<PasswordHasher>;
export type StoreObjectStub = DurableObjectStub<StoreObject>;

/** A namespace of objects, as far as `Objects` needs it. */
export interface Namespace<Stub> {
  getByName(name: string, options?: DurableObjectNamespaceGetDurableObjectOptions): Stub;
}

/** The objects of one class, by name. */
export class Objects<Stub> {
  readonly #namespace: Namespace<Stub>;
  readonly #className: string;

  /** @param className what errors call an object */
  constructor(namespace: Namespace<Stub>, className: string) {
    this.#namespace = namespace;
    this.#className = className;
  }

  /**
   * Calls an object, and retries failures that the platform calls retryable.
   * @param hint where to place an object that has never been called. A consumer passes null, because
   * it calls only objects that a request has placed.
   * @throws ObjectUnavailable
   */
  async call<T>(
    name: string,
    work: (stub: Stub) => Promise<T>,
    hint: DurableObjectLocationHint | null = null,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        // A stub that has thrown may stay broken, so each attempt takes a new one.
        return await work(
          this.#namespace.getByName(name, hint === null ? {} : { locationHint: hint }),
        );
      } catch (error) {
        if (attempt >= OBJECT_CALL_ATTEMPTS || !isRetryable(error)) {
          const message = `${this.#className} ${name}: ${errorText(error)}`;
          throw new ObjectUnavailable(message, { cause: error });
        }
        const pauseMs = OBJECT_RETRY_BASE_MS * 2 ** (attempt - 1);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }
}

/** The platform marks retryable errors. An overloaded object must not be called again at once. */
function isRetryable(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const overloaded = "overloaded" in error && error.overloaded === true;
  return !overloaded && "retryable" in error && error.retryable === true;
}
