import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { idBucket, makeId } from "../../feed/ids.ts";
import { BUCKETS } from "../../feed/limits.ts";
import { ROOT } from "../project.ts";
import { BUCKETED, foreignRowsSql, OF_SHARD, OWNERS } from "./foreign-rows.ts";

const MIGRATIONS = join(ROOT, "db/d1/migrations");

test("every table of a shard has an owner, or is about the shard itself", async () => {
  const files = (await readdir(MIGRATIONS)).filter((name) => name.endsWith(".sql"));
  const all = await Promise.all(files.map((name) => readFile(join(MIGRATIONS, name), "utf8")));
  const tables = all.join("\n").matchAll(/CREATE TABLE `(\w+)`/g);
  expect(new Set([...tables].map(([, name]) => name))).toEqual(
    new Set([...Object.keys({ ...OWNERS, ...BUCKETED }), ...OF_SHARD]),
  );
});

test("the SQL keeps in a shard exactly the rows that its arithmetic assigns to it", () => {
  const db = new DatabaseSync(":memory:");
  const columns = Object.entries(OWNERS);
  for (const [table, id] of columns) db.exec(`CREATE TABLE ${table} (${id} TEXT)`);
  for (const [table, bucket] of Object.entries(BUCKETED)) {
    db.exec(`CREATE TABLE ${table} (${bucket} INTEGER)`);
    const insert = db.prepare(`INSERT INTO ${table} (${bucket}) VALUES (?)`);
    for (let value = 0; value < BUCKETS; value++) insert.run(value);
  }
  const ids = Array.from({ length: BUCKETS }, (_, bucket) =>
    makeId(1_800_000_000_000, bucket, bucket),
  );
  for (const [table, id] of columns) {
    const insert = db.prepare(`INSERT INTO ${table} (${id}) VALUES (?)`);
    for (const one of ids) insert.run(one);
  }
  db.exec(foreignRowsSql(4, 2));
  for (const [table, bucket] of Object.entries(BUCKETED)) {
    const left = db.prepare(`SELECT DISTINCT ${bucket} % 4 AS rest FROM ${table}`).all();
    expect(left.map((row) => row["rest"])).toEqual([2]);
  }
  for (const [table, id] of columns) {
    const left = db.prepare(`SELECT ${id} AS id FROM ${table} ORDER BY id`).all();
    expect(left.map((row) => row["id"])).toEqual(ids.filter((one) => idBucket(one) % 4 === 2));
  }
});
