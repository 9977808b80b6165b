/** Counting doubles of the Worker's bindings: what an operation costs, as the platform bills it. */
import { runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import type { HomeTimeline } from "../../durable-objects/home-timeline/home-timeline.ts";
import type { Home } from "./homes.ts";
import { World } from "./world.ts";

/** What was counted since the last reset. */
export interface Costs {
  /** Statements sent to D1, those of a batch each by itself. */
  d1Queries: number;
  d1RowsRead: number;
  d1RowsWritten: number;
  /** Calls of objects. */
  objectCalls: number;
  queueMessages: number;
  /** Keys read, and keys written. */
  kvReads: number;
  kvWrites: number;
}

const NOTHING: Costs = {
  d1Queries: 0,
  d1RowsRead: 0,
  d1RowsWritten: 0,
  objectCalls: 0,
  queueMessages: 0,
  kvReads: 0,
  kvWrites: 0,
};

/** A world whose bindings count. */
export class MeteredWorld {
  readonly world: World;
  #costs: Costs = { ...NOTHING };
  #sentBefore = 0;

  constructor(changed: Partial<Env> = {}) {
    this.world = new World({
      ...changed,
      DB_0: this.#database(bindings.DB_0),
      DB_1: this.#database(bindings.DB_1),
      COUNTS: this.#kv(bindings.COUNTS),
      HOME_TIMELINE: this.#objects(bindings.HOME_TIMELINE),
    });
  }

  /** What an operation costs. */
  async costsOf(operation: () => Promise<unknown>): Promise<Costs> {
    this.#costs = { ...NOTHING };
    this.#sentBefore = this.world.sent;
    await operation();
    return { ...this.#costs, queueMessages: this.world.sent - this.#sentBefore };
  }

  #database(database: D1Database): D1Database {
    const session = (): D1DatabaseSession => {
      const real = database.withSession("first-primary");
      return intercept(real, {
        prepare: (query: string) => this.#statement(real.prepare(query), query),
        batch: async (statements: D1PreparedStatement[]) => {
          const results = await real.batch(statements.map(unwrap));
          for (const result of results) this.#count(result.meta);
          return results;
        },
      });
    };
    return intercept(database, { withSession: session });
  }

  #statement(statement: D1PreparedStatement, query: string): D1PreparedStatement {
    const counted = async <T>(work: Promise<D1Result<T>>): Promise<D1Result<T>> => {
      const result = await work;
      this.#count(result.meta);
      return result;
    };
    const double: D1PreparedStatement = intercept(statement, {
      bind: (...values: unknown[]) => this.#statement(statement.bind(...values), query),
      all: () => counted(statement.all()),
      run: () => counted(statement.run()),
      raw: async () => {
        // Raw answers say nothing of their cost, so the same question is asked a second time.
        if (!/^\s*select/i.test(query)) throw new Error(`can't count: ${query}`);
        await counted(statement.all());
        return statement.raw();
      },
    });
    wrapped.set(double, statement);
    return double;
  }

  #count(meta: D1Meta): void {
    this.#costs.d1Queries++;
    this.#costs.d1RowsRead += meta.rows_read;
    this.#costs.d1RowsWritten += meta.rows_written;
  }

  #kv(kv: KVNamespace): KVNamespace {
    return intercept(kv, {
      get: (keys: string[], options: { type: "json" }) => {
        this.#costs.kvReads += keys.length;
        return kv.get(keys, options);
      },
      put: (key: string, value: string, options: KVNamespacePutOptions) => {
        this.#costs.kvWrites++;
        return kv.put(key, value, options);
      },
    });
  }

  #objects(namespace: DurableObjectNamespace<HomeTimeline>): DurableObjectNamespace<HomeTimeline> {
    const count = (): void => {
      this.#costs.objectCalls++;
    };
    return intercept(namespace, {
      getByName: (name: string, options?: DurableObjectNamespaceGetDurableObjectOptions) => {
        const stub = namespace.getByName(name, options);
        return new Proxy(stub, {
          get(target, verb) {
            const value: unknown = Reflect.get(target, verb);
            if (typeof value !== "function") return value;
            return (...args: unknown[]): unknown => {
              count();
              return Reflect.apply(value, target, args);
            };
          },
        });
      },
    });
  }
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

/** Rows that statements inside some objects wrote while `operation` ran. */
export async function rowsInside(
  homes: readonly Home[],
  operation: () => Promise<unknown>,
): Promise<number> {
  const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
  for (const home of homes) {
    await runInDurableObject(home, (_, { storage: { sql } }) => {
      const exec = sql.exec.bind(sql);
      sql.exec = (query: string, ...values: unknown[]) => {
        const cursor = exec(query, ...values);
        cursors.push(cursor);
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller names the row's type
        return cursor as SqlStorageCursor<never>;
      };
    });
  }
  await operation();
  for (const home of homes) {
    await runInDurableObject(home, (_, { storage: { sql } }) => {
      Reflect.deleteProperty(sql, "exec");
    });
  }
  return cursors.reduce((sum, cursor) => sum + cursor.rowsWritten, 0);
}
