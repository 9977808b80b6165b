/** Test doubles for parts of the platform that count calls or fail. */
import type { HomeTimeline } from "../../durable-objects/home-timeline/home-timeline.ts";

/** A database that calls `onQuery` before each query; the query throws what `onQuery` throws. */
export function watchedDatabase(real: D1Database, onQuery: () => void): D1Database {
  return new Proxy(real, {
    get(database, name) {
      if (name !== "withSession") return bound(database, name);
      return (constraint?: string) =>
        new Proxy(database.withSession(constraint), {
          get(session, method) {
            if (method === "prepare") onQuery();
            return bound(session, method);
          },
        });
    },
  });
}

/** Home timelines whose calls throw the error that `fails` returns, if any. */
export function failingHomes(
  real: DurableObjectNamespace<HomeTimeline>,
  fails: () => Error | null,
): DurableObjectNamespace<HomeTimeline> {
  return new Proxy(real, {
    get(namespace, name) {
      if (name === "getByName") {
        const error = fails();
        if (error !== null) throw error;
      }
      return bound(namespace, name);
    },
  });
}

/** KV without any key: readers ask author feeds, which have the newest appends. */
export function findingNothing(real: KVNamespace): KVNamespace {
  return new Proxy(real, { get: () => () => Promise.resolve(new Map()) });
}

/** KV that from some moment on shows each key as it was last read before, and no later write. */
export function frozenKv(real: KVNamespace): { namespace: KVNamespace; freeze(): void } {
  const seen = new Map<string, unknown>();
  let isFrozen = false;
  const get = async (keys: string[], options: KVNamespaceGetOptions<"json">) => {
    const fresh = isFrozen ? new Map<string, unknown>() : await real.get(keys, options);
    for (const [key, value] of fresh) seen.set(key, value);
    return new Map(keys.map((key) => [key, seen.get(key) ?? null]));
  };
  const namespace = new Proxy(real, {
    get: (target, name) => (name === "get" ? get : bound(target, name)),
  });
  return { namespace, freeze: () => void (isFrozen = true) };
}

/** A rate limit that passes `allowed` requests of each key and records the keys. */
export function countingLimit(allowed: number): RateLimit & { keys: string[] } {
  const keys: string[] = [];
  return {
    keys,
    limit: ({ key }) => {
      keys.push(key);
      return Promise.resolve({ success: keys.filter((k) => k === key).length <= allowed });
    },
  };
}

/** A property of a platform object; its methods are bound, because they check `this`. */
function bound(target: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name);
  return typeof value === "function"
    ? (...args: unknown[]): unknown => Reflect.apply(value, target, args)
    : value;
}
