import { upstashStore } from "../../../db/upstash/store.ts";
import { storeConformance } from "../../store/conformance.ts";
import { DATABASES, emptyRedis } from "./databases.ts";

storeConformance("two Redis databases", async () => {
  await emptyRedis();
  return upstashStore(DATABASES);
});

storeConformance("one Redis database", async () => {
  await emptyRedis();
  return upstashStore(DATABASES.slice(0, 1));
});
