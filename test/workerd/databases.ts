/** Deletes all rows of a D1 database, its table of buckets included. */
export async function emptyDatabase(database: D1Database): Promise<void> {
  const tables = await database
    .prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name <> 'd1_migrations'",
    )
    .all<{ name: string }>();
  await database.batch(tables.results.map(({ name }) => database.prepare(`DELETE FROM ${name}`)));
}

/** Lets a D1 database forget which buckets it holds, as before places were known. Its rows stay. */
export async function forgetBuckets(database: D1Database): Promise<void> {
  await database.batch(
    ["placement", "place_state"].map((table) => database.prepare(`DELETE FROM ${table}`)),
  );
}
