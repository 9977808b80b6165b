/** Several databases side by side: which one holds a row. As D1's shards: bucket b is in b % n. */
import { type BatchLimits, batchesOf } from "../../feed/delivery/batches.ts";
import { idBucket, type Id } from "../../feed/ids.ts";
import { REDIS_SCRIPT_MAX_BYTES, REDIS_SCRIPT_MAX_ROWS } from "../../feed/limits.ts";
import { type Credentials, Database } from "./database.ts";

/** Rows that may be large, such as jobs, in one script. */
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

  /** The database that holds the rows of an id's owner. */
  at(id: Id): Database {
    return this.ofBucket(idBucket(id));
  }

  ofBucket(bucket: number): Database {
    const database = this.#databases[bucket % this.#databases.length];
    if (database === undefined) throw new RangeError(`no database for bucket ${bucket}`);
    return database;
  }

  /**
   * Splits things by the database of an id each has, and those of one database into groups of at
   * most `size`; runs something for each group, all at once and so in one request a database.
   */
  inGroups<T, R>(
    things: readonly T[],
    idOf: (thing: T) => Id,
    size: number,
    work: (database: Database, group: T[]) => Promise<R>,
  ): Promise<R[]> {
    return this.inBatches(things, idOf, { count: size, bytes: Infinity }, () => 0, work);
  }

  /** The same with things that may be large: no group has more than so many bytes. */
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
