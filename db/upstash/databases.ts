/** One Redis database as a place: each script first checks that the buckets which it concerns are here. */
import { type BatchLimits, batchesOf } from "../../feed/delivery/batches.ts";
import { charsOfBucket, idBucket, type Id } from "../../feed/ids.ts";
import { REDIS_SCRIPT_MAX_BYTES, REDIS_SCRIPT_MAX_ROWS } from "../../feed/limits.ts";
import { Moved } from "../places/place.ts";
import { numberSchema } from "./answers.ts";
import type { Database, Scripts } from "./database.ts";

/** Rows that may be large, such as jobs, that one script handles. */
export const LARGE_ROWS = { count: REDIS_SCRIPT_MAX_ROWS, bytes: REDIS_SCRIPT_MAX_BYTES };

export class PlaceScripts {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** For scripts about all that is here; they look themselves what is. */
  get whole(): Scripts {
    return this.#database;
  }

  /** For scripts about the owner of an id. @throws Moved if it is not here */
  at(id: Id): Scripts {
    return this.of([id]);
  }

  /** For scripts about the owners of several ids. @throws Moved if one of them is not here */
  of(ids: readonly Id[]): Scripts {
    const buckets = [...new Set(ids.map((id) => charsOfBucket(idBucket(id))))];
    return { run: (script, args) => this.#database.run(script, args, buckets) };
  }

  /** Runs `work` for all items at once, in groups of at most `size`. @throws Moved if one of them is not here */
  inGroups<T, R>(
    things: readonly T[],
    idOf: (thing: T) => Id,
    size: number,
    work: (scripts: Scripts, group: T[]) => Promise<R>,
  ): Promise<R[]> {
    return this.inBatches(things, idOf, { count: size, bytes: Infinity }, () => 0, work);
  }

  /** The same for items that may be large: a group also has a limit in bytes. */
  async inBatches<T, R>(
    things: readonly T[],
    idOf: (thing: T) => Id,
    max: BatchLimits,
    bytesOf: (thing: T) => number,
    work: (scripts: Scripts, group: T[]) => Promise<R>,
  ): Promise<R[]> {
    return Promise.all(
      [...batchesOf(things, max, bytesOf)].map((group) => work(this.of(group.map(idOf)), group)),
    );
  }
}

/**
 * Adds up what the scripts of an import have made.
 * @throws Moved, with what the others have made, if one of them was refused
 */
export async function madeBy(scripts: readonly Promise<unknown>[]): Promise<number> {
  const outcomes = await Promise.allSettled(scripts);
  const made = outcomes.reduce(
    (sum, one) => sum + (one.status === "fulfilled" ? numberSchema.parse(one.value) : 0),
    0,
  );
  for (const one of outcomes) {
    if (one.status === "fulfilled") continue;
    const reason: unknown = one.reason;
    throw reason instanceof Moved ? new Moved(reason.message, { cause: reason, made }) : reason;
  }
  return made;
}

/** Cuts a list into pieces of at most `size`. */
export function chunksOf<T>(list: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let at = 0; at < list.length; at += size) chunks.push(list.slice(at, at + size));
  return chunks;
}
