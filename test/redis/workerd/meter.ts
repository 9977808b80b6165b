/** The cost of an operation on Redis: requests, commands in them, and commands inside scripts. */
import { command, DATABASES } from "./databases.ts";

export interface RedisCosts {
  /** Requests; each waits for Redis once. */
  roundTrips: number;
  /** Scripts that the requests carry. */
  commands: number;
  /** Commands that the scripts ran. */
  inside: number;
}

const [DATABASE] = DATABASES;

/** Variables of a Worker that uses only the measured database. */
export const ONE_DATABASE = {
  STORE: "upstash",
  UPSTASH_REDIS_REST_URL: DATABASE?.url ?? "",
  UPSTASH_REDIS_REST_TOKEN: DATABASE?.token ?? "",
};

/** Measures an operation. */
export async function redisCostsOf(operation: () => Promise<unknown>): Promise<RedisCosts> {
  if (DATABASE === undefined) throw new Error("this run has no Redis");
  await command(DATABASE, "CONFIG", "RESETSTAT");
  const real = globalThis.fetch;
  let roundTrips = 0;
  let commands = 0;
  globalThis.fetch = (input: RequestInfo | URL, init?: RequestInit) => {
    const url = input instanceof Request ? input.url : input.toString();
    if (url.startsWith(DATABASE.url) && typeof init?.body === "string") {
      const body: unknown = JSON.parse(init.body);
      roundTrips++;
      commands += Array.isArray(body) ? body.length : 0;
    }
    return real(input, init);
  };
  try {
    await operation();
  } finally {
    globalThis.fetch = real;
  }
  return { roundTrips, commands, inside: await commandsInside(DATABASE) };
}

/** Commands that Redis has run since its counts were reset, without those that requests carried. */
async function commandsInside(database: { url: string; token: string }): Promise<number> {
  const info = String(await command(database, "INFO", "commandstats"));
  let total = 0;
  for (const [, name = "", calls] of info.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)) {
    if (!/^(eval|evalsha|info|config|config\|resetstat)$/.test(name)) total += Number(calls);
  }
  return total;
}
