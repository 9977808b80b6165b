/**
 * What an operation costs, as the platform bills it. Objects share their bindings with the tests'
 * isolate, so methods replaced on the bindings count the objects' operations, too.
 */
import { runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { AuthorFeed } from "../../durable-objects/author-feed/author-feed.ts";
import { PostCounter } from "../../durable-objects/post-counter/post-counter.ts";
import { Relay } from "../../durable-objects/relay/relay.ts";
import { newHome } from "./homes.ts";
import type { World } from "./world.ts";

/** The counts of one operation. */
export interface Costs {
  /** Statements sent to D1; each statement of a batch counts. */
  d1Queries: number;
  d1RowsRead: number;
  d1RowsWritten: number;
  /** Calls of objects by the Worker and by other objects, and alarms; no socket messages. */
  objectCalls: number;
  /** Rows that objects wrote; setting an alarm counts as one. */
  objectRows: number;
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
  queueMessages: 0,
  kvReads: 0,
  kvWrites: 0,
};

let costs: Costs = { ...NO_COSTS };
/** Cursors of statements inside objects; a cursor reports its rows only after it ran. */
let cursors: { rowsWritten: number }[] = [];

/** Starts counting operations on this isolate's bindings; call it once for each test file. */
export async function installMeters(): Promise<void> {
  for (const database of [bindings.DB_0, bindings.DB_1]) meterDatabase(database);
  const { HOME_TIMELINE, POST_COUNTER, RELAY, AUTHOR_FEED, FRESHNESS_LOG } = bindings;
  for (const namespace of [HOME_TIMELINE, POST_COUNTER, RELAY, AUTHOR_FEED, FRESHNESS_LOG]) {
    around(namespace, "getByName", (call) => meteredStub(call()));
  }
  const note = (target: unknown, verb: string, count: (args: unknown[]) => void): void =>
    around(target, verb, (call, args) => {
      count(args);
      return call();
    });
  for (const kv of [bindings.COUNTS, bindings.AUTHOR_FEED_PAGES]) {
    note(kv, "get", ([keys]) => (costs.kvReads += Array.isArray(keys) ? keys.length : 1));
    for (const verb of ["put", "delete"]) note(kv, verb, () => costs.kvWrites++);
  }
  for (const type of [PostCounter, AuthorFeed, Relay]) {
    note(type.prototype, "alarm", () => costs.objectCalls++);
  }
  await runInDurableObject(newHome().home, (_, { storage }) => {
    note(Object.getPrototypeOf(storage), "setAlarm", () => costs.objectRows++);
    around(Object.getPrototypeOf(storage.sql), "exec", (call) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `exec` returns a cursor
      const cursor = call() as { rowsWritten: number };
      cursors.push(cursor);
      return cursor;
    });
  });
}

/** Runs an operation in a world and returns its cost. */
export async function costsOf(world: World, operation: () => Promise<unknown>): Promise<Costs> {
  const sentBefore = world.sent + world.sentByObjects;
  costs = { ...NO_COSTS };
  cursors = [];
  await operation();
  return {
    ...costs,
    objectRows: costs.objectRows + cursors.reduce((sum, cursor) => sum + cursor.rowsWritten, 0),
    queueMessages: world.sent + world.sentByObjects - sentBefore,
  };
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

function meteredStub(stub: unknown): unknown {
  if (!isObject(stub)) return stub;
  return new Proxy(stub, {
    get(target, verb) {
      const value: unknown = Reflect.get(target, verb);
      // Test helpers that reach into an object recognise it by its constructor and call `fetch`.
      if (typeof value !== "function" || verb === "constructor") return value;
      return (...sent: unknown[]): unknown => {
        if (verb !== "fetch") costs.objectCalls++;
        return Reflect.apply(value, target, sent);
      };
    },
  });
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function meterDatabase(database: D1Database): void {
  const withSession = database.withSession.bind(database);
  database.withSession = (constraint) => {
    const session = withSession(constraint);
    return intercept(session, {
      prepare: (query: string) => meteredStatement(session.prepare(query), query),
      batch: async (statements: D1PreparedStatement[]) => {
        const results = await session.batch(statements.map(unwrap));
        for (const result of results) countStatement(result.meta);
        return results;
      },
    });
  };
}

function meteredStatement(statement: D1PreparedStatement, query: string): D1PreparedStatement {
  const counted = async <T>(work: Promise<D1Result<T>>): Promise<D1Result<T>> => {
    const result = await work;
    countStatement(result.meta);
    return result;
  };
  const double: D1PreparedStatement = intercept(statement, {
    bind: (...values: unknown[]) => meteredStatement(statement.bind(...values), query),
    all: () => counted(statement.all()),
    run: () => counted(statement.run()),
    raw: async () => {
      // Raw answers do not include their cost, so the same query runs a second time.
      if (!/^\s*select/i.test(query)) throw new Error(`cannot count the rows of: ${query}`);
      await counted(statement.all());
      return statement.raw();
    },
  });
  wrapped.set(double, statement);
  return double;
}

function countStatement(meta: D1Meta): void {
  costs.d1Queries++;
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
