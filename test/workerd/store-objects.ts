/** Store objects of a test: the names of all that were called, so that they can be emptied and looked into. */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import type { StoreObjects } from "../../db/objects/object-shards.ts";
import { storeObjects } from "../../db/objects/store-objects.ts";
import { MIGRATIONS } from "../../durable-objects/store-object/schema.ts";
import { type Job, jobSchema } from "../../feed/delivery/jobs.ts";

const TABLES = (MIGRATIONS[0]?.sql ?? "").match(/(?<=CREATE TABLE )\w+/g) ?? [];
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

/** The jobs in the outboxes of all accounts that were called. */
export async function jobsInObjects(): Promise<Job[]> {
  const rows = await Promise.all(
    calledObjects("account:").map((name) => real.run(name, { statements: [OUTBOX], lists: [] })),
  );
  return rows.flatMap((answer) => {
    const [result] = "results" in answer ? answer.results : [];
    return (result?.rows ?? []).map(([job]) => jobSchema.parse(JSON.parse(String(job))));
  });
}

const OUTBOX = { sql: "SELECT job FROM outbox", parameters: [] };
