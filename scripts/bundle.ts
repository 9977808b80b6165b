/** Bundles a Worker as a deploy does. */
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { execa } from "execa";
import { CommandError, ROOT, toolEnv, WRANGLER, WRANGLER_CONFIG } from "./project.ts";

const FOLDER = join(ROOT, "node_modules/.cache");

/**
 * Bundles the Worker of a configuration, by default Skein's.
 * @param name the folder of the result in the cache of the tools
 * @param main the file name of the Worker's entry
 * @returns the bundle @throws CommandError with the bundler's output
 */
export async function bundleWorker(
  name: string,
  main = "index.ts",
  config = WRANGLER_CONFIG,
): Promise<Buffer> {
  const folder = join(FOLDER, name);
  const args = ["deploy", "--dry-run", "--outdir", folder, "--config", config];
  const bundled = await execa(process.execPath, [WRANGLER, ...args], {
    cwd: ROOT,
    all: true,
    reject: false,
    stdin: "ignore",
    env: toolEnv(),
  });
  if (bundled.exitCode !== 0) throw new CommandError(`The Worker does not bundle:\n${bundled.all}`);
  return readFile(join(folder, `${basename(main, ".ts")}.js`));
}
