/** Gives each test file empty databases; the shards of D1 stay empty. */
import "../../workerd/setup.ts";
import { emptyRedis } from "./databases.ts";

await emptyRedis();
