/** Stand-ins for parts of the platform, that count what is asked of them or fail. */
import type { HomeTimeline } from "../../durable-objects/home-timeline/home-timeline.ts";

/** A database that calls `onQuery` before each query; what that throws, the query throws. */
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

/** Home timelines that fail whenever `fails` says what they throw. */
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

/** KV in which nothing is found: readers ask outboxes, which know what has just been appended. */
export function findingNothing(real: KVNamespace): KVNamespace {
  return new Proxy(real, { get: () => () => Promise.resolve(new Map()) });
}

/** A rate limit that lets `allowed` requests of each key pass, and notes the keys. */
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

/** A property of the platform's own, whose methods insist on their object. */
function bound(target: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name);
  return typeof value === "function"
    ? (...args: unknown[]): unknown => Reflect.apply(value, target, args)
    : value;
}
