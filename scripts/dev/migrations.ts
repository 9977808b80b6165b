/** Migrates every local D1 shard, in one process: wrangler's own command takes seconds for each. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { getPlatformProxy, unstable_splitSqlQuery } from "wrangler";
import { CommandError } from "../project.ts";
import type { Database, WranglerConfig } from "../wrangler-config.ts";

/** wrangler's own table of migrations, so that `wrangler d1 migrations list --local` agrees. */
const APPLIED_TABLE = "d1_migrations";
const CREATE_APPLIED = `CREATE TABLE IF NOT EXISTS ${APPLIED_TABLE} (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

interface Statement {
  bind(...values: string[]): Statement;
  all(): Promise<{ results: Record<string, unknown>[] }>;
}

/** The part of a D1 binding that migrating needs. */
interface Shard {
  prepare(sql: string): Statement;
  batch(statements: Statement[]): Promise<unknown>;
}

/**
 * Applies the migrations that each shard lacks.
 * @param persistTo the folder of `wrangler dev --persist-to`
 * @returns how many migrations were applied, over all shards
 */
export async function migrateLocally(
  config: WranglerConfig,
  configPath: string,
  persistTo: string,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "skein-migrate-"));
  try {
    const proxy = await getPlatformProxy<Record<string, Shard>>({
      configPath: await writeDatabasesOnly(config, folder),
      // wrangler keeps its data in a folder named after the version of its layout.
      persist: { path: join(persistTo, "v3") },
      remoteBindings: false,
    });
    try {
      let applied = 0;
      for (const database of config.d1_databases) {
        const shard = proxy.env[database.binding];
        if (shard === undefined) throw new Error(`wrangler made no binding ${database.binding}`);
        applied += await migrateShard(shard, database, dirname(configPath));
      }
      return applied;
    } finally {
      await proxy.dispose();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A configuration with the databases alone, because wrangler would start everything else as well. */
async function writeDatabasesOnly(config: WranglerConfig, folder: string): Promise<string> {
  const path = join(folder, "wrangler.json");
  const { name, compatibility_date, d1_databases } = config;
  await writeFile(path, JSON.stringify({ name, compatibility_date, d1_databases }));
  return path;
}

/** Applies the migrations that a shard lacks. @returns how many @throws CommandError if one fails */
export async function migrateShard(
  shard: Shard,
  database: Database,
  root: string,
): Promise<number> {
  const folder = resolve(root, database.migrations_dir);
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).toSorted();
  await shard.prepare(CREATE_APPLIED).all();
  const { results } = await shard.prepare(`SELECT name FROM ${APPLIED_TABLE}`).all();
  const applied = new Set(results.map((row) => row["name"]));
  const missing = names.filter((name) => !applied.has(name));
  for (const name of missing) {
    const statements = unstable_splitSqlQuery(await readFile(join(folder, name), "utf8"));
    const note = shard.prepare(`INSERT INTO ${APPLIED_TABLE} (name) VALUES (?)`).bind(name);
    try {
      // One batch is one transaction, so a migration and its row in the table are written together.
      await shard.batch([...statements.map((sql) => shard.prepare(sql)), note]);
    } catch (error) {
      throw new CommandError(
        `Migration ${name} failed on ${database.binding}, which is unchanged: ${String(error)}`,
      );
    }
  }
  return missing.length;
}
