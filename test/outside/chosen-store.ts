/** The store that the tests of this project run on: D1, or the Redis that its set-up has started. */
import { inject } from "vitest";
import { z } from "zod";

/** Null in the projects that run on D1, which provide nothing. */
const redis = provided();

function provided() {
  try {
    return inject("redis") ?? null;
  } catch {
    // The browser tests' set-up starts a server before there is a test that could be asked; on D1.
    return null;
  }
}

/** Variables of the Worker that choose the store. */
export const STORE_VARS: Record<string, string> =
  redis === null
    ? {}
    : {
        STORE: "upstash",
        UPSTASH_REDIS_REST_URL: redis.urls.join(" "),
        UPSTASH_REDIS_REST_TOKEN: redis.urls.map(() => redis.token).join(" "),
      };

/** Forgets what the tests before left in Redis; D1 is new for each file. */
export async function emptyStore(): Promise<void> {
  await inEachRedis("FLUSHALL");
}

/** Rows of the outbox that wait in Redis; null on D1. */
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
