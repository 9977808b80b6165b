/**
 * `npm run costs` prints what operations cost, as Markdown tables. The tests that it runs count the
 * figures and assert them; those on Redis need a redis-server.
 */
import { execa } from "execa";
import { findRedisServer, INSTALL_ADVICE } from "./redis/server.ts";

const TESTS = [
  ["workers", "test/workerd/costs.test.ts"],
  ["long", "test/workerd/reaction-costs.test.ts"],
  ["workers", "test/workerd/celebrity-costs.test.ts"],
  ["redis", "test/redis/workerd/costs.test.ts"],
] as const;
const redisIsThere = findRedisServer() !== null;
const vitest = execa({ preferLocal: true, reject: false, env: { NO_COLOR: "1" } });

const tables: string[] = [];
for (const [project, test] of TESTS) {
  if (project === "redis" && !redisIsThere) {
    tables.push(`The costs on Redis are missing: ${INSTALL_ADVICE}`);
    continue;
  }
  const run = await vitest("vitest", ["run", "--silent=false", "--project", project, test]);
  const lines = run.stdout.split("\n").flatMap((line) => /\|.*\|$/.exec(line)?.[0] ?? []);
  tables.push(run.failed ? run.stdout : lines.join("\n"));
  process.exitCode ||= run.exitCode ?? 1;
}
console.log(tables.join("\n\n"));
