import { shardConformance } from "../../store/conformance.ts";
import { DATABASES, emptyRedis, storeOn } from "./databases.ts";

shardConformance("two Redis databases", async () => {
  await emptyRedis();
  return storeOn(DATABASES);
});

shardConformance("one Redis database", async () => {
  await emptyRedis();
  return storeOn(DATABASES.slice(0, 1));
});
