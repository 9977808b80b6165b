/**
 * Store objects as shards: every account is a shard of its own, whose object has the owner of the
 * account's ids in its name. Calls of one turn go together: a few directly, many through others.
 */
import { drizzle } from "drizzle-orm/d1";
import { ObjectUnavailable } from "../../durable-objects/objects.ts";
import { bucketsOf } from "../../durable-objects/store-object/lists.ts";
import type {
  Batch,
  BatchResult,
  Forwarded,
  ForwardedResult,
  Refusal,
  Statement,
  StatementResult,
} from "../../durable-objects/store-object/protocol.ts";
import { callGroupSize } from "../../feed/call-groups.ts";
import { fnv1a } from "../../feed/hash.ts";
import { type Id, idBucket, idOwner } from "../../feed/ids.ts";
import { STORE_CALLS_DIRECT, STORE_RETRY_MS, STORE_SPLIT_WAIT_MS } from "../../feed/limits.ts";
import type { Member, NumberedShards, OwnerShards, Shard } from "../d1/shards.ts";
import { IdTaken, StoreUnavailable } from "../store.ts";
import { ListMap } from "./list-map.ts";
import { ObjectDatabase } from "./object-database.ts";

/** Calls to the namespace of store objects. */
export interface StoreObjects {
  run(name: string, batch: Batch): Promise<BatchResult>;
  forward(name: string, calls: Forwarded[]): Promise<ForwardedResult[]>;
}

interface Call extends Forwarded {
  resolve(results: StatementResult[]): void;
  reject(error: Error): void;
}

/** An object no longer has a list, or has it not now. */
class Refused extends Error {
  override readonly name = "Refused";
  readonly refusals: readonly Refusal[];

  constructor(refusals: readonly Refusal[]) {
    super("an object does not have a list");
    this.refusals = refusals;
  }
}

/** The name of the object with the rows of an id's owner. */
function accountObject(id: Id): string {
  return `account:${idOwner(id)}`;
}

/** The name of the object with the handles and the dead letters of a bucket. */
export function directoryObject(bucket: number): string {
  return `directory:${bucket}`;
}

export class ObjectShards implements OwnerShards {
  readonly #objects: StoreObjects;
  readonly #lists = new ListMap();
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
    return this.#byObject(things, (thing) => accountObject(idOf(thing)), work);
  }

  /** The directories, one for each bucket: those of ids, and by number. */
  readonly directories: NumberedShards = {
    byShard: (things, idOf, work) =>
      this.byDirectory(things, (thing) => idBucket(idOf(thing)), work),
    inShard: (bucket, work) => this.in(directoryObject(bucket), work),
  };

  /** Groups items by the directory of each one's bucket, and runs statements once for each group. */
  byDirectory<T, R>(
    things: readonly T[],
    bucketOf: (thing: T) => number,
    work: (shard: Shard, things: T[]) => Promise<R>,
  ): Promise<R[]> {
    return this.#byObject(things, (thing) => directoryObject(bucketOf(thing)), work);
  }

  async #byObject<T, R>(
    things: readonly T[],
    nameOf: (thing: T) => string,
    work: (shard: Shard, things: T[]) => Promise<R>,
  ): Promise<R[]> {
    const groups = Map.groupBy(things, nameOf);
    return Promise.all(
      [...groups].map(([name, group]) => this.in(name, (shard) => work(shard, group))),
    );
  }

  /**
   * Groups items by the object that has each one as a member of a list, and runs statements once for each group.
   * Where a list has been split meanwhile it groups again. @throws StoreUnavailable if a split takes too long
   */
  async byMember<T, R>(
    things: readonly T[],
    memberOf: (thing: T) => Member,
    work: (shard: Shard, things: T[]) => Promise<R>,
    untilMs = Date.now() + STORE_SPLIT_WAIT_MS,
  ): Promise<R[]> {
    const nameOf = (thing: T) => this.#lists.segmentOf(memberOf(thing)).name;
    const answers = await Promise.all(
      [...Map.groupBy(things, nameOf)].map(async ([name, group]) => {
        const lists = [...new Set(group.map((thing) => memberOf(thing).list))];
        try {
          return [await this.in(name, (shard) => work(shard, group), lists)];
        } catch (error) {
          await this.#lookAgain(name, error, untilMs);
          return this.byMember(group, memberOf, work, untilMs);
        }
      }),
    );
    return answers.flat();
  }

  /** Runs statements in every object that has members of a range of buckets. @returns answers in order of bucket */
  async inSegments<R>(
    list: string,
    range: readonly [number, number],
    work: (shard: Shard) => Promise<R>,
    untilMs = Date.now() + STORE_SPLIT_WAIT_MS,
  ): Promise<R[]> {
    const answers = await Promise.all(
      this.#lists.segmentsOf(list, range).map(async ({ name, share }) => {
        try {
          return [await this.in(name, work, [list])];
        } catch (error) {
          await this.#lookAgain(name, error, untilMs);
          const [from, to] = bucketsOf(share);
          const part = [Math.max(from, range[0]), Math.min(to, range[1])] as const;
          return this.inSegments(list, part, work, untilMs);
        }
      }),
    );
    return answers.flat();
  }

  async firstInSegments<R>(
    list: string,
    [from, to]: readonly [number, number],
    limit: number,
    work: (shard: Shard, left: number) => Promise<R[]>,
  ): Promise<R[]> {
    const untilMs = Date.now() + STORE_SPLIT_WAIT_MS;
    const found: R[] = [];
    let bucket = from;
    while (bucket <= to && found.length < limit) {
      const { name, share } = this.#lists.segmentOf({ list, bucket });
      try {
        const left = limit - found.length;
        found.push(...(await this.in(name, (shard) => work(shard, left), [list])));
        bucket = bucketsOf(share)[1] + 1;
      } catch (error) {
        await this.#lookAgain(name, error, untilMs);
      }
    }
    return found;
  }

  /** Runs statements in one object. They must be safe to repeat, because a lost answer repeats them. */
  async in<T>(
    name: string,
    work: (shard: Shard) => Promise<T>,
    lists: readonly string[] = [],
  ): Promise<T> {
    const database = new ObjectDatabase((statements) => this.#call(name, statements, lists));
    try {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- drizzle's type asks for a whole database, but it calls prepare and batch alone
      return await work(drizzle(database as unknown as D1Database));
    } catch (error) {
      // Drizzle wraps what a statement has thrown.
      throw causeOf(error) ?? error;
    }
  }

  /** Learns where a list is now, or waits for its split. @throws every error but a refusal */
  async #lookAgain(name: string, error: unknown, untilMs: number): Promise<void> {
    if (!(error instanceof Refused)) throw error;
    for (const refusal of error.refusals) this.#lists.learn(name, refusal);
    if (error.refusals.every(({ why }) => typeof why === "number")) return;
    if (Date.now() >= untilMs) throw new StoreUnavailable(`${name}: a list is being split`);
    await new Promise((resolve) => setTimeout(resolve, STORE_RETRY_MS));
  }

  #call(
    name: string,
    statements: Statement[],
    lists: readonly string[],
  ): Promise<StatementResult[]> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) queueMicrotask(() => this.#flush());
      this.#waiting.push({ name, statements, lists: [...lists], resolve, reject });
    });
  }

  #flush(): void {
    const calls = this.#waiting;
    this.#waiting = [];
    if (calls.length <= STORE_CALLS_DIRECT) {
      for (const call of calls) void this.#direct(call);
      return;
    }
    const size = callGroupSize(calls.length);
    for (let at = 0; at < calls.length; at += size) void this.#forward(calls.slice(at, at + size));
  }

  async #direct(call: Call): Promise<void> {
    try {
      settle(call, await this.#objects.run(call.name, batchOf(call)));
    } catch (error) {
      call.reject(unavailable(error));
    }
  }

  async #forward(calls: readonly Call[]): Promise<void> {
    // The same reader of the same lists is served by the same object, and each reader by another one.
    const name = `reader:${fnv1a(calls.map((call) => call.name).join())}`;
    try {
      const forwarded = calls.map((call) => ({ name: call.name, ...batchOf(call) }));
      const answers = await this.#objects.forward(name, forwarded);
      for (const [n, call] of calls.entries()) settle(call, answers[n] ?? { failed: "no answer" });
    } catch (error) {
      for (const call of calls) call.reject(unavailable(error));
    }
  }
}

function batchOf({ statements, lists }: Call): Batch {
  return { statements, lists };
}

function settle(call: Call, answer: ForwardedResult): void {
  if ("results" in answer) call.resolve(answer.results);
  else if ("taken" in answer) call.reject(new IdTaken(answer.taken));
  else if ("refused" in answer) call.reject(new Refused(answer.refused));
  else call.reject(new StoreUnavailable(`store object ${call.name}: ${answer.failed}`));
}

function unavailable(error: unknown): Error {
  if (error instanceof ObjectUnavailable) {
    return new StoreUnavailable(error.message, { cause: error });
  }
  return error instanceof Error ? error : new Error(String(error));
}

/** The error of this store that is a cause of another one. */
function causeOf(error: unknown): Error | null {
  if (error instanceof IdTaken || error instanceof StoreUnavailable || error instanceof Refused) {
    return error;
  }
  return error instanceof Error && error.cause !== undefined ? causeOf(error.cause) : null;
}
