/**
 * Prints what things cost, as Markdown tables: `npm run costs`. The figures are counted, and held, by
 * the tests that it runs.
 */
import { execa } from "execa";

const TESTS = ["costs", "reaction-costs", "celebrity-costs"].map(
  (name) => `test/workerd/${name}.test.ts`,
);
const vitest = execa({ preferLocal: true, reject: false, env: { NO_COLOR: "1" } });

const tables: string[] = [];
for (const test of TESTS) {
  const run = await vitest("vitest", ["run", "--project", "workers", test]);
  const lines = run.stdout.split("\n").filter((line) => line.startsWith("|"));
  tables.push(run.failed ? run.stdout : lines.join("\n"));
  process.exitCode ||= run.exitCode ?? 1;
}
console.log(tables.join("\n\n"));
