/** The tables of store objects are those of D1 shards, so that the same statements run in both. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { OBJECTS, rowsIn } from "../../test/workerd/store-objects.ts";

/** What only one of the two has: training data and moving buckets are not in objects, and lists and handles only there. */
const APART = ["impressions", "served_pages", "walks", "placement", "changes", "place_state"];
/** Handles are unique in their directory, and a recount reads the posts' side of reactions. */
const INDEXES_APART = ["users_handle_unique", "reactions_by_post"];

const TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'";
const columnsOf = (table: string) =>
  `SELECT name, type, "notnull", coalesce(dflt_value, '') AS dflt, pk FROM pragma_table_info('${table}') ORDER BY cid`;
const indexesOf = (table: string) =>
  `SELECT l.name, l."unique", l.partial, group_concat(i.name) AS columns
   FROM pragma_index_list('${table}') AS l JOIN pragma_index_info(l.name) AS i
   WHERE l.origin = 'c' GROUP BY l.name ORDER BY l.name`;

it("every table of the schema has the same columns, key and indexes in D1 and in objects", async () => {
  const statements = [{ sql: "DELETE FROM users", parameters: [] }];
  await OBJECTS.run("account:0000000", { statements, lists: [] });
  const inObject = (query: string) => rowsIn("account:0000000", query);
  const inD1 = async (query: string) => (await env.DB_0.prepare(query).all()).results;
  const shared = (await inD1(TABLES))
    .map(({ name }) => String(name))
    .filter(
      (name) =>
        !name.startsWith("_cf_") &&
        !["d1_migrations", "sqlite_sequence"].includes(name) &&
        !APART.includes(name),
    );
  expect(shared.length).toBeGreaterThan(10);
  for (const table of shared) {
    expect(await inObject(columnsOf(table)), table).toEqual(await inD1(columnsOf(table)));
    const indexes = (await inD1(indexesOf(table))).filter(
      ({ name }) => !INDEXES_APART.includes(String(name)),
    );
    expect(await inObject(indexesOf(table)), table).toEqual(indexes);
  }
});
