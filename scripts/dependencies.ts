/**
 * Checks every package of the lock file: `npm run dependencies:check`, which needs no network. With `--list` it
 * prints each package with its licence. Whether a version has a known weakness only `npm audit` knows.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { faultsOf, installedBy } from "./dependencies/lock-file.ts";
import { ROOT } from "./project.ts";

const policySchema = z.object({
  workspaces: z.array(z.string()),
  allowScripts: z.record(z.string(), z.boolean()),
});

const readJson = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(join(ROOT, name), "utf8"));

const lock = await readJson("package-lock.json");
const policy = policySchema.parse(await readJson("package.json"));
const installed = installedBy(lock, policy);
if (process.argv.includes("--list")) {
  for (const { name, version, licence, isTool } of installed) {
    console.log([name, version, licence, isTool ? "development" : "the Worker"].join("\t"));
  }
} else {
  const byLicence = Map.groupBy(installed, ({ licence }) => licence);
  for (const [licence, some] of [...byLicence].toSorted(([, a], [, b]) => b.length - a.length)) {
    console.log(`${String(some.length).padStart(4)}  ${licence}`);
  }
  const faults = faultsOf(lock, policy);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
}
