/**
 * The cache of a data centre. Reading it is free, whatever it holds, and all isolates of the data centre share it. It may
 * forget everything, and nothing depends on it.
 */
import { z } from "zod";
import { errorText } from "../../feed/error-text.ts";

/** The platform's cache, as far as it is used. */
export interface NearCache {
  match(url: string): Promise<Response | undefined>;
  put(url: string, response: Response): Promise<void>;
  delete(url: string): Promise<boolean>;
}

/** A value that was read elsewhere, and when, in milliseconds since 1970. */
export interface Kept<T> {
  value: T;
  readMs: number;
}

const keptSchema = z.object({ value: z.unknown(), readMs: z.number() });

/** An address that no request of anybody has. */
const ORIGIN = "https://near.skein.invalid";

/** The address of a value. @param kind what the value is, so that two kinds may have the same key */
export function nearUrl(kind: string, key: string): string {
  return `${ORIGIN}/${kind}/${encodeURIComponent(key)}`;
}

/** Reads a kept value; null if there is none, or none that can be read. */
export async function readKept(near: NearCache, url: string): Promise<Kept<unknown> | null> {
  try {
    const response = await near.match(url);
    return response === undefined ? null : keptSchema.parse(await response.json());
  } catch (error) {
    console.warn("the data centre's cache was of no use", errorText(error));
    return null;
  }
}

/** Keeps a value, if the cache takes it. */
export async function writeKept(
  near: NearCache,
  url: string,
  kept: Kept<unknown>,
  keptMs: number,
): Promise<void> {
  try {
    const headers = { "cache-control": `max-age=${Math.ceil(keptMs / 1000)}` };
    await near.put(url, Response.json(kept, { headers }));
  } catch (error) {
    console.warn("the data centre's cache took nothing", errorText(error));
  }
}
