/** Single answers of the API, cached while the reader may come back to them. */
import { useEffect, useMemo } from "preact/hooks";
import { SkeinError } from "../../../client/src/errors.ts";
import { asFailure } from "../net/failure.ts";
import { createStore, type Store, useStore } from "./store.ts";

/** How many answers a cache keeps. */
const ANSWERS_MAX = 50;

/** A value, or the reason why there is none yet. */
export interface Answer<T> {
  readonly value: T | null;
  readonly failure: SkeinError | null;
}

const UNREAD = { value: null, failure: null };

/** Answers by key. Each kind of answer has a cache of its own, so that a key always holds one type. */
export class AnswerCache<T> {
  readonly #kept = new Map<string, Store<Answer<T>>>();

  readonly #visits = new WeakMap<Store<Answer<T>>, string>();

  /** How often the reader has changed an answer. */
  readonly #replaced = new WeakMap<Store<Answer<T>>, number>();

  /** Whether a visit reads this store for the first time. */
  isFirst(store: Store<Answer<T>>, visit: string): boolean {
    if (this.#visits.get(store) === visit) return false;
    this.#visits.set(store, visit);
    return true;
  }

  /** Fills a store from the API, unless the reader changes the value while the read is under way. */
  async fill(store: Store<Answer<T>>, read: () => Promise<T>): Promise<void> {
    const before = this.#replaced.get(store);
    let answer: Answer<T>;
    try {
      answer = { value: await read(), failure: null };
    } catch (thrown) {
      answer = { value: null, failure: asFailure(thrown) };
    }
    // The read may have begun before the change: its answer would take the change back.
    if (this.#replaced.get(store) === before) store.set(answer);
  }

  /** Replaces an answer after the reader has changed its value. */
  replace(store: Store<Answer<T>>, answer: Answer<T>): void {
    this.#replaced.set(store, (this.#replaced.get(store) ?? 0) + 1);
    store.set(answer);
  }

  /** The store of a key's answer; the least recently used ones go. */
  storeFor(key: string): Store<Answer<T>> {
    const store = this.#kept.get(key) ?? createStore<Answer<T>>(UNREAD);
    this.#kept.delete(key);
    this.#kept.set(key, store);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= ANSWERS_MAX) break;
      this.#kept.delete(oldest);
    }
    return store;
  }
}

/**
 * Reads once per key, and again in the background on a later visit. `again` reads once more; `set`
 * replaces the answer.
 */
export function useAnswer<T>(
  cache: AnswerCache<T>,
  key: string,
  read: () => Promise<T>,
  visit = "",
): Answer<T> & { again: () => void; set: (value: T | SkeinError) => void } {
  const store = useMemo(() => cache.storeFor(key), [cache, key]);
  const answer = useStore(store);
  const readNow = (): Promise<void> => cache.fill(store, read);
  const again = (): void => {
    store.set(UNREAD);
    void readNow();
  };
  useEffect(() => {
    if (cache.isFirst(store, visit) || store.get().value === null) void readNow();
  }, [store, visit]);
  return {
    ...answer,
    again,
    set: (now) =>
      cache.replace(
        store,
        now instanceof SkeinError ? { value: null, failure: now } : { value: now, failure: null },
      ),
  };
}
