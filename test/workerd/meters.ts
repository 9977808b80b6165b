/**
 * What an operation costs, as the platform bills it. Objects share their bindings with the tests'
 * isolate, so methods replaced on the bindings count the objects' operations, too.
 */
import { runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { AuthorFeed } from "../../durable-objects/author-feed/author-feed.ts";
import { Hub } from "../../durable-objects/hub/hub.ts";
import { PostCounter } from "../../durable-objects/post-counter/post-counter.ts";
import { StoreObject } from "../../durable-objects/store-object/store-object.ts";
import { newHome } from "./homes.ts";
import type { World } from "./world.ts";

/** The counts of one operation. */
export interface Costs {
  /** Statements sent to D1, that of the training log too; each statement of a batch counts. */
  d1Queries: number;
  d1RowsRead: number;
  d1RowsWritten: number;
  /** Calls of objects by the Worker and by other objects, and alarms; no socket messages. */
  objectCalls: number;
  /** Rows that objects wrote; setting an alarm counts as one. */
  objectRows: number;
  /** Rows that store objects read, and rows that they wrote, which are not among those of other objects. */
  storeRowsRead: number;
  storeRowsWritten: number;
  queueMessages: number;
  /** Keys read, and keys written. */
  kvReads: number;
  kvWrites: number;
}

/** An operation that does nothing. */
export const NO_COSTS: Costs = {
  d1Queries: 0,
  d1RowsRead: 0,
  d1RowsWritten: 0,
  objectCalls: 0,
  objectRows: 0,
  storeRowsRead: 0,
  storeRowsWritten: 0,
  queueMessages: 0,
  kvReads: 0,
  kvWrites: 0,
};

/** The same operation in detail. */
export interface Details {
  costs: Costs;
  /** Calls by the binding of the object's class, alarms included. */
  calls: Record<string, number>;
  /**
   * Statements by the binding of the database. On store objects, calls by the object's name, or by the list that a
   * call concerns, because a list that is in demand has objects of its own.
   */
  statements: Record<string, number>;
}

let costs: Costs = { ...NO_COSTS };
let calls: Details["calls"] = {};
let byShard: Details["statements"] = {};
/** Cursors of statements inside objects; a cursor reports its rows only after it ran. */
let cursors: Cursor[] = [];
/** Those of store objects, which report the rows that they read, too. */
let storeCursors: Cursor[] = [];

interface Cursor {
  rowsRead: number;
  rowsWritten: number;
}

/** Starts counting operations on this isolate's bindings; call it once for each test file. */
export async function installMeters(): Promise<void> {
  for (const [name, binding] of Object.entries(bindings)) {
    if (/^DB_\d+$|^TRAINING_DB$/.test(name)) meterDatabase(name, binding);
  }
  const { HOME_TIMELINE, POST_COUNTER, AUTHOR_FEED, HUB } = bindings;
  const namespaces = { HOME_TIMELINE, POST_COUNTER, AUTHOR_FEED, HUB };
  for (const [name, namespace] of Object.entries(namespaces)) {
    around(namespace, "getByName", (call) => meteredStub(call(), () => countCall(name)));
  }
  around(bindings.STORE_OBJECT, "getByName", (call, [name]) =>
    meteredStub(call(), (verb, [batch]) => {
      countCall("STORE_OBJECT");
      if (verb === "run") countStoreCall(listOf(batch) ?? String(name));
    }),
  );
  // A batch runs before its first pause, so the rows that it reads are those of the cursors made meanwhile.
  around(StoreObject.prototype, "run", (call) => {
    const before = cursors.length;
    const answer = call();
    storeCursors.push(...cursors.slice(before));
    return answer;
  });
  const note = (target: unknown, verb: string, count: (args: unknown[]) => void): void =>
    around(target, verb, (call, args) => {
      count(args);
      return call();
    });
  for (const kv of [bindings.COUNTS, bindings.AUTHOR_FEED_PAGES]) {
    note(kv, "get", ([keys]) => (costs.kvReads += Array.isArray(keys) ? keys.length : 1));
    for (const verb of ["put", "delete"]) note(kv, verb, () => costs.kvWrites++);
  }
  const alarmed = { POST_COUNTER: PostCounter, AUTHOR_FEED: AuthorFeed, HUB: Hub };
  for (const [name, type] of Object.entries(alarmed)) {
    note(type.prototype, "alarm", () => countCall(name));
  }
  await runInDurableObject(newHome().home, (_, { storage }) => {
    note(Object.getPrototypeOf(storage), "setAlarm", () => costs.objectRows++);
    around(Object.getPrototypeOf(storage.sql), "exec", (call) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `exec` returns a cursor
      const cursor = call() as Cursor;
      cursors.push(cursor);
      return cursor;
    });
  });
}

/** Runs an operation in a world and returns its cost. */
export async function costsOf(world: World, operation: () => Promise<unknown>): Promise<Costs> {
  return (await detailsOf(world, operation)).costs;
}

/** The same, with the objects and shards that it went to. */
export async function detailsOf(world: World, operation: () => Promise<unknown>): Promise<Details> {
  const sentBefore = world.sent + world.sentByObjects;
  costs = { ...NO_COSTS };
  calls = {};
  byShard = {};
  cursors = [];
  storeCursors = [];
  await operation();
  const rows = cursors.reduce((sum, cursor) => sum + cursor.rowsWritten, 0);
  const storeRowsRead = storeCursors.reduce((sum, cursor) => sum + cursor.rowsRead, 0);
  const storeRowsWritten = storeCursors.reduce((sum, cursor) => sum + cursor.rowsWritten, 0);
  const queueMessages = world.sent + world.sentByObjects - sentBefore;
  return {
    costs: {
      ...costs,
      objectRows: costs.objectRows + rows - storeRowsWritten,
      storeRowsRead,
      storeRowsWritten,
      queueMessages,
    },
    calls,
    statements: byShard,
  };
}

function countCall(name: string): void {
  costs.objectCalls++;
  calls[name] = (calls[name] ?? 0) + 1;
}

/** Wraps a method for all later callers. */
function around(
  target: unknown,
  verb: string,
  work: (call: () => unknown, args: unknown[]) => unknown,
): void {
  const method: unknown = isObject(target) ? Reflect.get(target, verb) : undefined;
  if (!isObject(target) || typeof method !== "function") throw new Error(`no method ${verb}`);
  Reflect.set(target, verb, function (this: unknown, ...args: unknown[]): unknown {
    return work((): unknown => Reflect.apply(method, this, args), args);
  });
}

function countStoreCall(name: string): void {
  byShard[name] = (byShard[name] ?? 0) + 1;
}

/** The list that a batch for a store object concerns; null if it concerns none. */
function listOf(batch: unknown): string | null {
  if (!isObject(batch) || !("lists" in batch) || !Array.isArray(batch.lists)) return null;
  const list: unknown = batch.lists[0];
  return typeof list === "string" ? list : null;
}

function meteredStub(stub: unknown, count: (verb: string, args: unknown[]) => void): unknown {
  if (!isObject(stub)) return stub;
  return new Proxy(stub, {
    get(target, verb) {
      const value: unknown = Reflect.get(target, verb);
      // Test helpers that reach into an object recognise it by its constructor and call `fetch`.
      if (typeof value !== "function" || verb === "constructor") return value;
      return (...sent: unknown[]): unknown => {
        if (verb !== "fetch") count(String(verb), sent);
        return Reflect.apply(value, target, sent);
      };
    },
  });
}

function isDatabase(value: unknown): value is D1Database {
  return isObject(value) && "withSession" in value;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function meterDatabase(name: string, database: unknown): void {
  if (!isDatabase(database)) throw new Error(`${name} is no database`);
  const withSession = database.withSession.bind(database);
  database.withSession = (constraint) => {
    const session = withSession(constraint);
    return intercept(session, {
      prepare: (query: string) => meteredStatement(name, session.prepare(query), query),
      batch: async (statements: D1PreparedStatement[]) => {
        const results = await session.batch(statements.map(unwrap));
        for (const result of results) countStatement(name, result.meta);
        return results;
      },
    });
  };
}

function meteredStatement(
  name: string,
  statement: D1PreparedStatement,
  query: string,
): D1PreparedStatement {
  const counted = async <T>(work: Promise<D1Result<T>>): Promise<D1Result<T>> => {
    const result = await work;
    countStatement(name, result.meta);
    return result;
  };
  const double: D1PreparedStatement = intercept(statement, {
    bind: (...values: unknown[]) => meteredStatement(name, statement.bind(...values), query),
    all: () => counted(statement.all()),
    run: () => counted(statement.run()),
    raw: async () => {
      // Raw answers do not include their cost. A query can run a second time for it.
      const { results } = await counted(statement.all<Record<string, unknown>>());
      return /^\s*select/i.test(query) ? statement.raw() : results.map(Object.values);
    },
  });
  wrapped.set(double, statement);
  return double;
}

function countStatement(name: string, meta: D1Meta): void {
  costs.d1Queries++;
  byShard[name] = (byShard[name] ?? 0) + 1;
  costs.d1RowsRead += meta.rows_read;
  costs.d1RowsWritten += meta.rows_written;
}

const wrapped = new WeakMap<D1PreparedStatement, D1PreparedStatement>();

function unwrap(statement: D1PreparedStatement): D1PreparedStatement {
  return wrapped.get(statement) ?? statement;
}

/** An object with some of its methods replaced. */
function intercept<T extends object>(
  target: T,
  replaced: Record<string, (...args: never[]) => unknown>,
): T {
  return new Proxy(target, {
    get(object, name) {
      const double = typeof name === "string" ? replaced[name] : undefined;
      if (double !== undefined) return double;
      const value: unknown = Reflect.get(object, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => Reflect.apply(value, object, args);
    },
  });
}
