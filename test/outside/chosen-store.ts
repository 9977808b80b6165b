/** The store of this project's tests: D1, objects, or the Redis that the global set-up has started. */
import { inject } from "vitest";
import { z } from "zod";

declare module "vitest" {
  interface ProvidedContext {
    /** The store of a project that runs on another one than D1 without a set-up of its own. */
    store: "objects";
  }
}

/** Null in the projects that run on D1, whose set-up provides no Redis. */
const redis = providedRedis();

function providedRedis() {
  try {
    return inject("redis") ?? null;
  } catch {
    // The set-up of the browser tests starts a server before any test can inject. It runs on D1.
    return null;
  }
}

/** Whether this project's tests run on the store on objects. */
export const ON_OBJECTS = providedStore() === "objects";

function providedStore() {
  try {
    return inject("store") ?? null;
  } catch {
    return null;
  }
}

/** The Worker's variables that select the store. */
export const STORE_VARS: Record<string, string> = storeVars();

function storeVars(): Record<string, string> {
  if (ON_OBJECTS) return { STORE: "objects" };
  if (redis === null) return {};
  return {
    STORE: "upstash",
    UPSTASH_REDIS_REST_URL: redis.urls.join(" "),
    UPSTASH_REDIS_REST_TOKEN: redis.urls.map(() => redis.token).join(" "),
  };
}

/** Deletes the data of earlier tests in Redis. Each test file has a new D1. */
export async function emptyStore(): Promise<void> {
  await inEachRedis("FLUSHALL");
}

/** The number of outbox rows in Redis; null on D1. */
export async function waitingInRedis(): Promise<number | null> {
  if (redis === null) return null;
  const counts = await inEachRedis("ZCARD", "outbox");
  return counts.reduce<number>((sum, count) => sum + z.int().parse(count), 0);
}

async function inEachRedis(...command: string[]): Promise<unknown[]> {
  return Promise.all(
    (redis?.urls ?? []).map(async (url) => {
      const answer = await fetch(url, {
        method: "POST",
        headers: { authorization: `Bearer ${redis?.token}` },
        body: JSON.stringify(command),
      });
      return z.object({ result: z.unknown() }).parse(await answer.json()).result;
    }),
  );
}
