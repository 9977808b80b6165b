/** The Redis databases of a test run, from the variables of its Worker. */
import { env } from "cloudflare:workers";
import type { Credentials } from "../../../db/upstash/database.ts";

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
