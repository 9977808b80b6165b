import { env } from "cloudflare:workers";
import { shardConformance } from "../../test/store/conformance.ts";
import { routedStore } from "../places/routed-store.ts";
import { Router } from "../places/router.ts";
import { d1Places } from "./store.ts";

const SHARDS = [env.DB_0, env.DB_1];

async function empty(shard: D1Database): Promise<void> {
  const tables = await shard
    .prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name <> 'd1_migrations'",
    )
    .all<{ name: string }>();
  await shard.batch(tables.results.map(({ name }) => shard.prepare(`DELETE FROM ${name}`)));
}

shardConformance("two D1 shards", async () => {
  await Promise.all(SHARDS.map(empty));
  return routedStore(new Router(d1Places(SHARDS), "d1"));
});

shardConformance("one D1 shard", async () => {
  await Promise.all(SHARDS.map(empty));
  return routedStore(new Router(d1Places([env.DB_0]), "d1"));
});
