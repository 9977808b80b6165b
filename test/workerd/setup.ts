/** Gives each test file migrated databases. */
import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import "./migrations.ts";

await applyD1Migrations(env.DB_0, env.TEST_MIGRATIONS);
await applyD1Migrations(env.DB_1, env.TEST_MIGRATIONS);
await applyD1Migrations(env.TRAINING_DB, env.TEST_TRAINING_MIGRATIONS);
