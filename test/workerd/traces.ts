/** A search for texts through everything that a Skein stores: every row of every database and object, and all of KV. */
import { listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { command, DATABASES } from "../redis/workerd/databases.ts";
import type { World } from "./world.ts";

/** Where a text was found: the place, and the row or value that has it. */
export interface Trace {
  place: string;
  value: string;
}

/** Everything that a Skein stores that has one of some texts in it. */
export async function tracesOf(world: World, texts: readonly string[]): Promise<Trace[]> {
  const { env } = world;
  const databases = Object.entries({
    DB_0: env.DB_0,
    DB_1: env.DB_1,
    TRAINING_DB: env.TRAINING_DB,
  });
  const objects = Object.entries(OBJECTS);
  const kv = Object.entries({
    COUNTS: env.COUNTS,
    AUTHOR_FEED_PAGES: env.AUTHOR_FEED_PAGES,
    MODELS: env.MODELS,
  });
  const places = await Promise.all([
    ...databases.map(([name, database]) => databaseValues(name, database)),
    ...objects.map(([name, namespace]) => objectValues(name, namespace)),
    ...kv.map(([name, namespace]) => kvValues(name, namespace)),
    ...DATABASES.map((database, n) => redisValues(`redis ${n}`, database)),
  ]);
  const held = [...world.held, ...world.heldOfObjects].map(({ body }) => ({
    place: "queue",
    value: JSON.stringify(body),
  }));
  const all = [...places.flat(), ...held];
  if (all.length === 0) throw new Error("a search that finds nothing at all finds no trace either");
  return all.filter(({ value }) => texts.some((text) => value.includes(text)));
}

/** The namespaces themselves: a world's are watched, and the runtime lists the objects of its own alone. */
const OBJECTS = {
  HOME_TIMELINE: bindings.HOME_TIMELINE,
  AUTHOR_FEED: bindings.AUTHOR_FEED,
  POST_COUNTER: bindings.POST_COUNTER,
  HUB: bindings.HUB,
  METRICS_AGGREGATOR: bindings.METRICS_AGGREGATOR,
  STORE_OBJECT: bindings.STORE_OBJECT,
};

const TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*'";

async function databaseValues(name: string, database: D1Database): Promise<Trace[]> {
  const tables = await database.prepare(TABLES).all<{ name: string }>();
  const traces: Trace[] = [];
  for (const { name: table } of tables.results) {
    const { results } = await database.prepare(`SELECT * FROM "${table}"`).all();
    traces.push(...results.map((row) => traceOf(`${name} ${table}`, row)));
  }
  return traces;
}

/** The rows of every object of a namespace that has ever stored anything. */
async function objectValues(name: string, namespace: DurableObjectNamespace): Promise<Trace[]> {
  const traces: Trace[] = [];
  for (const id of await listDurableObjectIds(namespace)) {
    const rows = await runInDurableObject(namespace.get(id), async (_, { storage }) => {
      const tables = storage.sql.exec<{ name: string }>(TABLES).toArray();
      const all = tables.flatMap(({ name: table }) =>
        storage.sql
          .exec(`SELECT * FROM "${table}"`)
          .toArray()
          .map((row) => ({ table, row })),
      );
      return [...all, ...[...(await storage.list())].map((row) => ({ table: "kv", row }))];
    });
    traces.push(...rows.map(({ table, row }) => traceOf(`${name} ${table}`, row)));
  }
  return traces;
}

async function kvValues(name: string, namespace: KVNamespace): Promise<Trace[]> {
  const traces: Trace[] = [];
  const { keys } = await namespace.list();
  for (const { name: key } of keys) {
    traces.push(traceOf(`${name} ${key}`, { key, value: await namespace.get(key) }));
  }
  return traces;
}

async function redisValues(place: string, database: (typeof DATABASES)[number]): Promise<Trace[]> {
  const keys = await command(database, "KEYS", "*");
  if (!Array.isArray(keys)) throw new TypeError("KEYS answers a list");
  return Promise.all(
    keys.map(async (key: unknown) => {
      const type = String(await command(database, "TYPE", String(key)));
      const [read = "GET", ...more] = READS[type] ?? [];
      return traceOf(`${place} ${type}`, [
        key,
        await command(database, read, String(key), ...more),
      ]);
    }),
  );
}

const READS: Record<string, string[]> = {
  hash: ["HGETALL"],
  set: ["SMEMBERS"],
  zset: ["ZRANGE", "0", "-1"],
};

function traceOf(place: string, row: unknown): Trace {
  return { place, value: JSON.stringify(row) };
}
