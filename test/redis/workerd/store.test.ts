import { upstashStore } from "../../../db/upstash/store.ts";
import { shardConformance } from "../../store/conformance.ts";
import { DATABASES, emptyRedis } from "./databases.ts";

shardConformance("two Redis databases", async () => {
  await emptyRedis();
  return upstashStore(DATABASES);
});

shardConformance("one Redis database", async () => {
  await emptyRedis();
  return upstashStore(DATABASES.slice(0, 1));
});
