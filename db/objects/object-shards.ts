/**
 * Store objects as shards: every account is a shard of its own, whose object has the owner of the
 * account's ids in its name. Calls of one turn go together: a few directly, many through others.
 */
import { drizzle } from "drizzle-orm/d1";
import { ObjectUnavailable } from "../../durable-objects/objects.ts";
import type {
  BatchResult,
  Forwarded,
  ForwardedResult,
  Statement,
  StatementResult,
} from "../../durable-objects/store-object/protocol.ts";
import { fnv1a } from "../../feed/hash.ts";
import { type Id, idOwner } from "../../feed/ids.ts";
import { STORE_CALLS_DIRECT } from "../../feed/limits.ts";
import type { OwnerShards, Shard } from "../d1/shards.ts";
import { IdTaken, StoreUnavailable } from "../store.ts";
import { ObjectDatabase } from "./object-database.ts";

/** Calls to the namespace of store objects. */
export interface StoreObjects {
  run(name: string, batch: Statement[]): Promise<BatchResult>;
  forward(name: string, calls: Forwarded[]): Promise<ForwardedResult[]>;
}

interface Call extends Forwarded {
  resolve(results: StatementResult[]): void;
  reject(error: Error): void;
}

/** The name of the object with the rows of an id's owner. */
export function accountObject(id: Id): string {
  return `account:${idOwner(id)}`;
}

/** The name of the object with the handles and the dead letters of a bucket. */
export function directoryObject(bucket: number): string {
  return `directory:${bucket}`;
}

export class ObjectShards implements OwnerShards {
  readonly #objects: StoreObjects;
  /** The calls of this turn. */
  #waiting: Call[] = [];

  constructor(objects: StoreObjects) {
    this.#objects = objects;
  }

  at<T>(id: Id, work: (shard: Shard) => Promise<T>): Promise<T> {
    return this.in(accountObject(id), work);
  }

  async byShard<T, R>(
    things: readonly T[],
    idOf: (thing: T) => Id,
    work: (shard: Shard, things: T[]) => Promise<R>,
  ): Promise<R[]> {
    return this.byObject(things, (thing) => accountObject(idOf(thing)), work);
  }

  /** Groups items by the directory of each one's bucket, and runs statements once for each group. */
  byDirectory<T, R>(
    things: readonly T[],
    bucketOf: (thing: T) => number,
    work: (shard: Shard, things: T[]) => Promise<R>,
  ): Promise<R[]> {
    return this.byObject(things, (thing) => directoryObject(bucketOf(thing)), work);
  }

  async byObject<T, R>(
    things: readonly T[],
    nameOf: (thing: T) => string,
    work: (shard: Shard, things: T[]) => Promise<R>,
  ): Promise<R[]> {
    const groups = Map.groupBy(things, nameOf);
    return Promise.all(
      [...groups].map(([name, group]) => this.in(name, (shard) => work(shard, group))),
    );
  }

  /** Runs statements in one object. They must be safe to repeat, because a lost answer repeats them. */
  async in<T>(name: string, work: (shard: Shard) => Promise<T>): Promise<T> {
    const database = new ObjectDatabase((batch) => this.#call(name, batch));
    try {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- drizzle's type asks for a whole database, but it calls prepare and batch alone
      return await work(drizzle(database as unknown as D1Database));
    } catch (error) {
      // Drizzle wraps what a statement has thrown.
      throw causeOf(error) ?? error;
    }
  }

  #call(name: string, batch: Statement[]): Promise<StatementResult[]> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) queueMicrotask(() => this.#flush());
      this.#waiting.push({ name, batch, resolve, reject });
    });
  }

  #flush(): void {
    const calls = this.#waiting;
    this.#waiting = [];
    if (calls.length <= STORE_CALLS_DIRECT) {
      for (const call of calls) void this.#direct(call);
      return;
    }
    // Neither this invocation nor any that it asks makes more calls than the square root of them all.
    const size = Math.max(STORE_CALLS_DIRECT, Math.ceil(Math.sqrt(calls.length)));
    for (let at = 0; at < calls.length; at += size) void this.#forward(calls.slice(at, at + size));
  }

  async #direct(call: Call): Promise<void> {
    try {
      settle(call, await this.#objects.run(call.name, call.batch));
    } catch (error) {
      call.reject(unavailable(error));
    }
  }

  async #forward(calls: readonly Call[]): Promise<void> {
    // The same reader of the same lists is served by the same object, and each reader by another one.
    const name = `reader:${fnv1a(calls.map((call) => call.name).join())}`;
    try {
      const forwarded = calls.map((call) => ({ name: call.name, batch: call.batch }));
      const answers = await this.#objects.forward(name, forwarded);
      for (const [n, call] of calls.entries()) settle(call, answers[n] ?? { failed: "no answer" });
    } catch (error) {
      for (const call of calls) call.reject(unavailable(error));
    }
  }
}

function settle(call: Call, answer: ForwardedResult): void {
  if ("results" in answer) call.resolve(answer.results);
  else if ("taken" in answer) call.reject(new IdTaken(answer.taken));
  else call.reject(new StoreUnavailable(`store object ${call.name}: ${answer.failed}`));
}

function unavailable(error: unknown): Error {
  if (error instanceof ObjectUnavailable) {
    return new StoreUnavailable(error.message, { cause: error });
  }
  return error instanceof Error ? error : new Error(String(error));
}

/** The error of the store that is a cause of another one. */
function causeOf(error: unknown): Error | null {
  if (error instanceof IdTaken || error instanceof StoreUnavailable) return error;
  return error instanceof Error && error.cause !== undefined ? causeOf(error.cause) : null;
}
