/**
 * Prints what things cost, as a Markdown table: `npm run costs`. The figures are counted, and held, by
 * the test that it runs.
 */
import { execa } from "execa";

const run = await execa({ preferLocal: true, reject: false, env: { NO_COLOR: "1" } })("vitest", [
  "run",
  "--project",
  "workers",
  "test/workerd/costs.test.ts",
]);
const table = run.stdout.split("\n").filter((line) => line.startsWith("|"));
console.log(run.failed ? run.stdout : table.join("\n"));
process.exitCode = run.exitCode ?? 1;
