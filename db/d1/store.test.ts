import { env } from "cloudflare:workers";
import { shardConformance } from "../../test/store/conformance.ts";
import { emptyDatabase } from "../../test/workerd/databases.ts";
import { routedStore } from "../places/routed-store.ts";
import { Router } from "../places/router.ts";
import { d1Places } from "./store.ts";

const SHARDS = [env.DB_0, env.DB_1];

shardConformance("two D1 shards", async () => {
  await Promise.all(SHARDS.map(emptyDatabase));
  return routedStore(new Router(d1Places(SHARDS), "d1"));
});

shardConformance("one D1 shard", async () => {
  await Promise.all(SHARDS.map(emptyDatabase));
  return routedStore(new Router(d1Places([env.DB_0]), "d1"));
});
