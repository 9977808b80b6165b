/** Gives the calibration its 64 migrated shards. */
import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import "../migrations.ts";

await applyD1Migrations(env.TRAINING_DB, env.TEST_TRAINING_MIGRATIONS);
await Promise.all(
  Object.entries(env).flatMap(([name, binding]) =>
    /^DB_\d+$/.test(name)
      ? // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- named so in wrangler.toml's way
        [applyD1Migrations(binding as D1Database, env.TEST_MIGRATIONS)]
      : [],
  ),
);
