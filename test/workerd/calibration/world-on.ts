/** A Skein on some of the project's databases. */
import { env as bindings } from "cloudflare:workers";
import { emptyDatabase } from "../databases.ts";
import { World } from "../world.ts";

/** Deletes all rows, so that the next store is spread over the databases of the next world. */
export async function emptyShards(): Promise<void> {
  const shards = Object.entries(bindings).filter(([name]) => /^DB_\d+$/.test(name));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- named so in wrangler.toml's way
  await Promise.all(shards.map(([, shard]) => emptyDatabase(shard as D1Database)));
}

/** A world on the first `shards` of the 64 databases. */
export function worldOn(shards: number, changed: Record<string, unknown> = {}): World {
  const others = Object.keys(bindings).filter(
    (name) => name.startsWith("DB_") && Number(name.slice(3)) >= shards,
  );
  const without = Object.fromEntries(others.map((name) => [name, undefined]));
  return new World({ ...without, ...changed });
}
