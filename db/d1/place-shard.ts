/** One D1 database as a place: a batch fails if a bucket that it concerns is not here. */
import { drizzle } from "drizzle-orm/d1";
import { type Id, idBucket } from "../../feed/ids.ts";
import { listParts } from "../../feed/lists.ts";
import type { PlaceName } from "../../feed/placement.ts";
import { attempts } from "./attempts.ts";
import { guarded } from "./guard.ts";
import type { Member, NumberedShards, OwnerShards, Shard } from "./shards.ts";

/** A session whose batches are guarded, as far as drizzle uses one. */
class GuardedSession {
  readonly #session: D1DatabaseSession;
  readonly #buckets: readonly number[];

  constructor(session: D1DatabaseSession, buckets: readonly number[]) {
    this.#session = session;
    this.#buckets = buckets;
  }

  prepare(sql: string): GuardedStatement {
    return new GuardedStatement(this, sql, []);
  }

  async batch(statements: readonly GuardedStatement[]): Promise<D1Result[]> {
    const { first, batch } = guarded(
      statements.map(({ sql }) => sql),
      this.#buckets,
    );
    const prepared = batch.map((sql, n) =>
      this.#session.prepare(sql).bind(...(statements[n]?.values ?? [])),
    );
    if (first === null) return this.#session.batch(prepared);
    const results = await this.#session.batch([this.#session.prepare(first), ...prepared]);
    return results.slice(1);
  }
}

class GuardedStatement {
  readonly #session: GuardedSession;
  readonly sql: string;
  readonly values: readonly unknown[];

  constructor(session: GuardedSession, sql: string, values: readonly unknown[]) {
    this.#session = session;
    this.sql = sql;
    this.values = values;
  }

  bind(...values: unknown[]): GuardedStatement {
    return new GuardedStatement(this.#session, this.sql, values);
  }

  async all(): Promise<D1Result> {
    const [result] = await this.#session.batch([this]);
    if (result === undefined) throw new Error("a statement without a result");
    return result;
  }

  run(): Promise<D1Result> {
    return this.all();
  }

  async raw(): Promise<unknown[][]> {
    const { results } = await this.all();
    return results.map((row): unknown[] =>
      typeof row === "object" && row !== null ? Object.values<unknown>({ ...row }) : [],
    );
  }
}

/** One D1 database: all calls are about owners here. @throws Moved for those of other owners */
export class PlaceShard implements OwnerShards, NumberedShards {
  readonly #binding: D1Database;
  readonly #name: PlaceName;

  constructor(name: PlaceName, binding: D1Database) {
    this.#name = name;
    this.#binding = binding;
  }

  at<T>(id: Id, work: (shard: Shard) => Promise<T>): Promise<T> {
    return this.#guarded([id], work);
  }

  async byShard<T, R>(
    things: readonly T[],
    idOf: (thing: T) => Id,
    work: (shard: Shard, things: T[]) => Promise<R>,
  ): Promise<R[]> {
    if (things.length === 0) return [];
    return [await this.#guarded(things.map(idOf), (shard) => work(shard, [...things]))];
  }

  byMember<T, R>(
    things: readonly T[],
    memberOf: (thing: T) => Member,
    work: (shard: Shard, things: T[]) => Promise<R>,
  ): Promise<R[]> {
    return this.byShard(things, (thing) => listParts(memberOf(thing).list).owner, work);
  }

  async inSegments<R>(
    list: string,
    _range: readonly [from: number, to: number],
    work: (shard: Shard) => Promise<R>,
  ): Promise<R[]> {
    return [await this.at(listParts(list).owner, work)];
  }

  firstInSegments<R>(
    list: string,
    _range: readonly [from: number, to: number],
    limit: number,
    work: (shard: Shard, left: number) => Promise<R[]>,
  ): Promise<R[]> {
    return this.at(listParts(list).owner, (shard) => work(shard, limit));
  }

  /** Runs statements about all that is here; they look themselves what is. */
  inShard<T>(_index: number, work: (shard: Shard) => Promise<T>): Promise<T> {
    return this.whole((session) => work(shardOver(session)));
  }

  /** Runs statements without drizzle and without a guard. They must be safe to repeat. */
  whole<T>(work: (session: D1DatabaseSession) => Promise<T>): Promise<T> {
    return attempts(this.#name, () => work(this.#session()));
  }

  #guarded<T>(ids: readonly Id[], work: (shard: Shard) => Promise<T>): Promise<T> {
    const buckets = [...new Set(ids.map(idBucket))];
    return attempts(this.#name, () =>
      work(shardOver(new GuardedSession(this.#session(), buckets))),
    );
  }

  /** A session, so that read replication can be switched on while these reads stay current. */
  #session(): D1DatabaseSession {
    return this.#binding.withSession("first-primary");
  }
}

/** Drizzle over what it uses of a database: `prepare` and `batch`. */
function shardOver(session: GuardedSession | D1DatabaseSession): Shard {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- drizzle's type asks for a whole database
  return drizzle(session as unknown as D1Database);
}
