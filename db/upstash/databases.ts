/** One Redis database as a place: each script first checks that the buckets which it concerns are here. */
import { type BatchLimits, batchesOf } from "../../feed/delivery/batches.ts";
import { charsOfBucket, idBucket, type Id } from "../../feed/ids.ts";
import { REDIS_SCRIPT_MAX_BYTES, REDIS_SCRIPT_MAX_ROWS } from "../../feed/limits.ts";
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
    return this.#about([id]);
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
      [...batchesOf(things, max, bytesOf)].map((group) =>
        work(this.#about(group.map(idOf)), group),
      ),
    );
  }

  #about(ids: readonly Id[]): Scripts {
    const buckets = [...new Set(ids.map((id) => charsOfBucket(idBucket(id))))];
    return { run: (script, args) => this.#database.run(script, args, buckets) };
  }
}

/** Cuts a list into pieces of at most `size`. */
export function chunksOf<T>(list: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let at = 0; at < list.length; at += size) chunks.push(list.slice(at, at + size));
  return chunks;
}
