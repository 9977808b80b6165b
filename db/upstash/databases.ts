/** Several databases: which one holds a row. As with D1's shards, bucket b is in database b % n. */
import { type BatchLimits, batchesOf } from "../../feed/delivery/batches.ts";
import { idBucket, type Id } from "../../feed/ids.ts";
import { REDIS_SCRIPT_MAX_BYTES, REDIS_SCRIPT_MAX_ROWS } from "../../feed/limits.ts";
import { type Credentials, Database } from "./database.ts";

/** Rows that may be large, such as jobs, that one script handles. */
export const LARGE_ROWS = { count: REDIS_SCRIPT_MAX_ROWS, bytes: REDIS_SCRIPT_MAX_BYTES };

export class Databases {
  readonly #databases: readonly Database[];

  constructor(credentials: readonly Credentials[]) {
    if (credentials.length === 0) throw new Error("there is no Upstash database");
    this.#databases = credentials.map((one) => new Database(one));
  }

  get all(): readonly Database[] {
    return this.#databases;
  }

  /** A database by its number, from 0. */
  numbered(shard: number): Database {
    const database = this.#databases[shard];
    if (database === undefined) throw new RangeError(`there is no database ${shard}`);
    return database;
  }

  /** The database that holds the rows of an id's owner. */
  at(id: Id): Database {
    return this.ofBucket(idBucket(id));
  }

  /** The database with this number, from 0. @throws RangeError if there is none */
  ofShard(shard: number): Database {
    const database = this.#databases[shard];
    if (database === undefined) throw new RangeError(`no database ${shard}`);
    return database;
  }

  ofBucket(bucket: number): Database {
    const database = this.#databases[bucket % this.#databases.length];
    if (database === undefined) throw new RangeError(`no database for bucket ${bucket}`);
    return database;
  }

  /**
   * Groups items by the database of each one's id, in groups of at most `size`, and runs `work` for all
   * groups at once: one request for each database.
   */
  inGroups<T, R>(
    things: readonly T[],
    idOf: (thing: T) => Id,
    size: number,
    work: (database: Database, group: T[]) => Promise<R>,
  ): Promise<R[]> {
    return this.inBatches(things, idOf, { count: size, bytes: Infinity }, () => 0, work);
  }

  /** The same for items that may be large: a group also has a limit in bytes. */
  async inBatches<T, R>(
    things: readonly T[],
    idOf: (thing: T) => Id,
    max: BatchLimits,
    bytesOf: (thing: T) => number,
    work: (database: Database, group: T[]) => Promise<R>,
  ): Promise<R[]> {
    const groups = Map.groupBy(things, (thing) => this.at(idOf(thing)));
    return Promise.all(
      [...groups].flatMap(([database, group]) =>
        [...batchesOf(group, max, bytesOf)].map((batch) => work(database, batch)),
      ),
    );
  }
}

/** Cuts a list into pieces of at most `size`. */
export function chunksOf<T>(list: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let at = 0; at < list.length; at += size) chunks.push(list.slice(at, at + size));
  return chunks;
}
