/** Empties the Redis databases before each test file; these tests leave the D1 shards empty. */
import "../../workerd/setup.ts";
import { emptyRedis } from "./databases.ts";

await emptyRedis();
