/**
 * `npm run bundle:check` bundles the Worker as a deploy does, and fails if the bundle has grown beyond its
 * budget: a larger Worker starts later.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { execa } from "execa";
import { ROOT, runCommand, toolEnv, WRANGLER, CommandError } from "./project.ts";

const FOLDER = "node_modules/.cache/bundle";
/** What the bundle may weigh, gzipped. A change that needs more raises this, and says why. */
const BUNDLE_MAX_KIB = 280;

await runCommand(async () => {
  console.log("Bundling the Worker …");
  const args = ["deploy", "--dry-run", "--outdir", FOLDER];
  const bundled = await execa(process.execPath, [WRANGLER, ...args], {
    cwd: ROOT,
    all: true,
    reject: false,
    stdin: "ignore",
    env: toolEnv(),
  });
  if (bundled.exitCode !== 0) throw new CommandError(`The Worker does not bundle:\n${bundled.all}`);
  const bundle = await readFile(join(ROOT, FOLDER, "index.js"));
  const [kib, gzippedKib] = [bundle.length / 1024, gzipSync(bundle).length / 1024];
  const said = `${kib.toFixed(0)} KiB, ${gzippedKib.toFixed(0)} KiB gzipped`;
  if (gzippedKib > BUNDLE_MAX_KIB) {
    throw new CommandError(
      `The bundle has ${said}, more than ${BUNDLE_MAX_KIB} KiB. Find what has grown: ` +
        `npx wrangler deploy --dry-run --minify=false --outdir ${FOLDER}`,
    );
  }
  console.log(`The bundle has ${said}; the budget is ${BUNDLE_MAX_KIB} KiB.`);
});
