/** A value that components can watch. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";

/** Holds a value, and calls its watchers when the value is replaced. */
export interface Store<T> {
  get(): T;
  set(value: T): void;
  /** Calls `watcher` after every change. @returns a function that stops that */
  watch(watcher: () => void): () => void;
}

/** Makes a store. Setting the same value calls no watcher. */
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

/** Part of a store's value; the component renders again only when that part changes. */
export function useSelected<T, S>(store: Store<T>, select: (value: T) => S): S {
  const [, renderAgain] = useState({});
  const selected = select(store.get());
  const rendered = useRef({ selected, select });
  rendered.current = { selected, select };
  useLayoutEffect(() => {
    const compare = (): void => {
      const last = rendered.current;
      if (!Object.is(last.select(store.get()), last.selected)) renderAgain({});
    };
    // The value may have changed since the render.
    compare();
    return store.watch(compare);
  }, [store]);
  return selected;
}

/** The store's value; the component renders again when it changes. */
export function useStore<T>(store: Store<T>): T {
  return useSelected(store, (value) => value);
}
