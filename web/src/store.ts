/** A value that components can watch. */
import { useEffect, useState } from "preact/hooks";

/** Holds a value and tells its watchers when it is replaced. */
export interface Store<T> {
  get(): T;
  set(value: T): void;
  /** Calls `watcher` after every change; the answer ends that. */
  watch(watcher: () => void): () => void;
}

/** Makes a store; setting an identical value tells nobody. */
export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const watchers = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const watcher of [...watchers]) watcher();
    },
    watch(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}

/** The store's value; the component renders again when it changes. */
export function useStore<T>(store: Store<T>): T {
  const [, renderAgain] = useState({});
  useEffect(() => store.watch(() => renderAgain({})), [store]);
  return store.get();
}
