/** Append-only migrations of an object's own SQLite. */

export interface Migration {
  id: number;
  sql: string;
}

/**
 * Applies the migrations that have not run in this object yet. The code must still contain every applied
 * migration unchanged: an object with another history throws instead of guessing.
 */
export function migrate(storage: DurableObjectStorage, migrations: readonly Migration[]): void {
  storage.transactionSync(() => {
    storage.sql.exec("CREATE TABLE IF NOT EXISTS migrations (id INTEGER PRIMARY KEY, sql TEXT)");
    const done = storage.sql
      .exec<{ id: number; sql: string }>("SELECT id, sql FROM migrations ORDER BY id")
      .toArray();
    for (const [index, row] of done.entries()) {
      const known = migrations[index];
      if (known === undefined || known.id !== row.id || known.sql !== row.sql) {
        throw new Error(`migration ${row.id} has run here, but the code has changed or lost it`);
      }
    }
    for (const { id, sql } of migrations.slice(done.length)) {
      storage.sql.exec(sql);
      storage.sql.exec("INSERT INTO migrations (id, sql) VALUES (?, ?)", id, sql);
    }
  });
}
