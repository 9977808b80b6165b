/** The copy of the migrations that vitest.config.ts binds: workerd sees no files. */
import type { D1Migration } from "cloudflare:test";

declare global {
  namespace Cloudflare {
    interface Env {
      TEST_MIGRATIONS: D1Migration[];
      TEST_TRAINING_MIGRATIONS: D1Migration[];
      TEST_BUCKET: R2Bucket;
    }
  }
}
