/** The Redis databases of a test run, from the variables of its Worker. */
import { env } from "cloudflare:workers";
import { routedStore } from "../../../db/places/routed-store.ts";
import { Router } from "../../../db/places/router.ts";
import type { Store } from "../../../db/store.ts";
import type { Credentials } from "../../../db/upstash/database.ts";
import { upstashPlaces } from "../../../db/upstash/store.ts";

declare global {
  namespace Cloudflare {
    interface Env {
      UPSTASH_REDIS_REST_TOKEN?: string;
    }
  }
}

const tokens = (env.UPSTASH_REDIS_REST_TOKEN ?? "").split(" ");

export const DATABASES: Credentials[] = env.UPSTASH_REDIS_REST_URL.split(" ")
  .filter(Boolean)
  .map((url, index) => ({ url, token: tokens[index] ?? "" }));

/** Sends a command to a database directly, without the store. */
export async function command({ url, token }: Credentials, ...words: string[]): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify(words),
  });
  const answer = await response.json<{ result?: unknown; error?: string }>();
  if (answer.error !== undefined) throw new Error(answer.error);
  return answer.result;
}

/** Deletes all data of all databases. */
export async function emptyRedis(): Promise<void> {
  await Promise.all(DATABASES.map((database) => command(database, "FLUSHALL")));
}

/** The store over databases. */
export function storeOn(databases: readonly Credentials[]): Store {
  return routedStore(
    new Router(
      upstashPlaces(databases, () => Date.now()),
      "upstash",
    ),
  );
}
