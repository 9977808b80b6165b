/** The whole state of a Skein, to tell whether a request has changed anything. */
import type { Session } from "../../feed/wire.ts";
import type { World } from "./world.ts";

/** Every row of every shard, the timelines of some accounts, and how many messages were sent. */
export async function stateOf(world: World, viewers: readonly Session[]): Promise<unknown> {
  // Timelines come first: the first read of one wakes it, which writes to the shards.
  const timelines = await Promise.all(viewers.map((viewer) => world.scroll(viewer)));
  const shards = await Promise.all([world.env.DB_0, world.env.DB_1].map(rowsOf));
  return { timelines, shards, sent: world.sent };
}

async function rowsOf(shard: D1Database): Promise<Record<string, unknown[]>> {
  const tables = await shard
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*'")
    .all<{ name: string }>();
  const names = tables.results.map(({ name }) => name);
  const rows = await shard.batch(names.map((name) => shard.prepare(`SELECT * FROM ${name}`)));
  return Object.fromEntries(names.map((name, index) => [name, rows[index]?.results ?? []]));
}

/** The number of rows of a table over all shards. */
export async function countRows(world: World, table: string): Promise<number> {
  const counts = await Promise.all(
    [world.env.DB_0, world.env.DB_1].map((shard) =>
      shard.prepare(`SELECT count(*) AS n FROM ${table}`).first<number>("n"),
    ),
  );
  return counts.reduce<number>((sum, n) => sum + (n ?? 0), 0);
}
