/**
 * Prints what things cost, as Markdown tables: `npm run costs`. The figures are counted, and held, by
 * the tests that it runs; those on Redis need a redis-server.
 */
import { execa } from "execa";
import { findRedisServer, INSTALL_ADVICE } from "./redis/server.ts";

/** Runs a test and prints the table in its output; all of its output, if it fails. */
async function print(project: string, file: string): Promise<void> {
  const options = { preferLocal: true, reject: false, env: { NO_COLOR: "1" } };
  const run = await execa(options)("vitest", ["run", "--project", project, file]);
  const table = run.stdout.split("\n").flatMap((line) => /\|.*\|$/.exec(line)?.[0] ?? []);
  console.log(run.failed ? run.stdout : table.join("\n"));
  if (run.failed) process.exitCode = run.exitCode ?? 1;
}

await print("workers", "test/workerd/costs.test.ts");
console.log("");
if (findRedisServer() === null) console.log(`Of Redis nothing is counted: ${INSTALL_ADVICE}`);
else await print("redis", "test/redis/workerd/costs.test.ts");
