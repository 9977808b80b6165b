import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { beforeEach, expect, test, vi } from "vitest";
import { toolEnv, WRANGLER } from "../project.ts";
import { readWranglerConfig } from "../wrangler-config.ts";
import { migrateLocally } from "./migrations.ts";

/** Each test starts workerd, some of them wrangler as well. */
vi.setConfig({ testTimeout: 60_000 });

const SHARDS = 3;
const CONFIG = [
  'name = "migrated"\ncompatibility_date = "2026-10-01"',
  ...Array.from(
    { length: SHARDS },
    (_, k) => `[[d1_databases]]
binding = "DB_${k}"
database_name = "db-${k}"
database_id = "00000000-0000-0000-0000-00000000000${k}"
migrations_dir = "migrations"`,
  ),
].join("\n");

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "skein-migrations-test-"));
  await mkdir(join(folder, "migrations"));
  await writeFile(join(folder, "wrangler.toml"), CONFIG);
  await migration(
    "0000_first",
    "CREATE TABLE a (id INTEGER);--> statement-breakpoint\nCREATE INDEX ai ON a (id);",
  );
  return () => rm(folder, { recursive: true, force: true });
});

const migration = (name: string, sql: string) =>
  writeFile(join(folder, `migrations/${name}.sql`), sql);

function migrate(): Promise<number> {
  const path = join(folder, "wrangler.toml");
  return migrateLocally(readWranglerConfig(path), path, join(folder, "state"));
}

async function wrangler(...args: string[]): Promise<string> {
  const local = ["--local", "--persist-to", "state"];
  const { stdout } = await execa(process.execPath, [WRANGLER, "d1", ...args, ...local], {
    cwd: folder,
    stdin: "ignore",
    // Vitest's own setting would hide the messages.
    env: { ...toolEnv(), WRANGLER_LOG: "log" },
  });
  return stdout;
}

test("every shard gets every migration once, and wrangler lists none as missing", async () => {
  expect(await migrate()).toBe(SHARDS);
  expect(await migrate()).toBe(0);
  await migration("0001_second", "INSERT INTO a VALUES (7); -- a comment; with a semicolon\n");
  expect(await migrate()).toBe(SHARDS);
  expect(await wrangler("migrations", "list", "DB_2")).toContain("No migrations to apply");
  const rows = await wrangler("execute", "DB_1", "--json", "--command", "SELECT id FROM a");
  expect(rows).toContain('"id": 7');
});

test("a failed migration changes nothing, and the error names it and its shard", async () => {
  await migrate();
  await migration("0001_broken", "CREATE TABLE b (id INTEGER); INSERT INTO nowhere VALUES (1);");
  await expect(migrate()).rejects.toThrow(/0001_broken\.sql failed on DB_0, .*nowhere/s);
  const tables = await wrangler(
    "execute",
    "DB_0",
    "--json",
    "--command",
    "SELECT name FROM sqlite_master",
  );
  expect(tables).not.toContain('"b"');
});
