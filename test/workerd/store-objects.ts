/** Store objects of a test: the names of all that were called, so that they can be emptied and looked into. */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { takeFromOwners } from "../all-shards.ts";
import type { StoreObjects } from "../../db/objects/object-shards.ts";
import { storeObjects } from "../../db/objects/store-objects.ts";
import { MIGRATIONS } from "../../durable-objects/store-object/schema.ts";
import { takeDue } from "../../durable-objects/store-object/due-jobs.ts";
import { hasTables, StoreObject } from "../../durable-objects/store-object/store-object.ts";

const TABLES = (MIGRATIONS[0]?.sql ?? "").match(/(?<=CREATE TABLE )\w+/g) ?? [];
// Tests say what time it is, and take due jobs themselves: no alarm may take them before.
StoreObject.prototype.sweep = () => Promise.resolve();

const called = new Set<string>();
const real = storeObjects(env.STORE_OBJECT);

/** The store objects. They record the name of every object that a test calls. */
export const OBJECTS: StoreObjects = {
  run: (name, batch) => {
    called.add(name);
    return real.run(name, batch);
  },
  forward: (name, calls) => {
    for (const call of calls) called.add(call.name);
    return real.forward(name, calls);
  },
};

/** Deletes every row of every object that was called. */
export async function emptyObjects(): Promise<void> {
  const statements = TABLES.map((table) => ({ sql: `DELETE FROM ${table}`, parameters: [] }));
  await Promise.all([...called].map((name) => real.run(name, { statements, lists: [] })));
  called.clear();
}

/** The names of the objects that were called and have this prefix. */
export function calledObjects(prefix: string): string[] {
  return [...called].filter((name) => name.startsWith(prefix)).toSorted();
}

/** The rows that a query finds in an object. */
export async function rowsIn(
  name: string,
  query: string,
): Promise<Record<string, SqlStorageValue>[]> {
  return runInDurableObject(env.STORE_OBJECT.getByName(name), (_, { storage }) =>
    storage.sql.exec(query).toArray(),
  );
}

/** Notes that a test calls an object. */
export function noteObject(name: string): void {
  called.add(name);
}

/**
 * The due jobs of all accounts that were called. Their objects send these by themselves, as time goes on; a test says
 * what time it is, and takes them instead. It asks for shard 0 alone.
 */
takeFromOwners({
  takeDue: async (shard, nowMs, restMs, limit) =>
    shard === 0 ? inAccounts((sql) => takeDue(sql, nowMs, restMs, limit)) : [],

  waiting: async (shard) => {
    if (shard !== 0) return 0;
    const counts = await inAccounts((sql) => [
      sql.exec<{ n: number }>("SELECT count(*) AS n FROM outbox").one().n,
    ]);
    return counts.reduce((sum, n) => sum + n, 0);
  },
});

async function inAccounts<T>(read: (sql: SqlStorage) => T[]): Promise<T[]> {
  const found = await Promise.all(
    calledObjects("account:").map((name) =>
      runInDurableObject(env.STORE_OBJECT.getByName(name), (_, { storage }) =>
        hasTables(storage) ? read(storage.sql) : [],
      ),
    ),
  );
  return found.flat();
}
