/**
 * `npm run bundle:check` bundles the Worker as a deploy does, and fails if the bundle has grown beyond its
 * budget: a larger Worker starts later.
 */
import { gzipSync } from "node:zlib";
import { bundleWorker } from "./bundle.ts";
import { CommandError, runCommand } from "./project.ts";

/** What the bundle may weigh, gzipped. A change that needs more raises this, and says why. */
const BUNDLE_MAX_KIB = 340;

await runCommand(async () => {
  console.log("Bundling the Worker …");
  const bundle = await bundleWorker("bundle");
  const [kib, gzippedKib] = [bundle.length / 1024, gzipSync(bundle).length / 1024];
  const said = `${kib.toFixed(0)} KiB, ${gzippedKib.toFixed(0)} KiB gzipped`;
  if (gzippedKib > BUNDLE_MAX_KIB) {
    throw new CommandError(
      `The bundle has ${said}, more than ${BUNDLE_MAX_KIB} KiB. Find what has grown: ` +
        `npx wrangler deploy --dry-run --minify=false --outdir node_modules/.cache/bundle`,
    );
  }
  console.log(`The bundle has ${said}; the budget is ${BUNDLE_MAX_KIB} KiB.`);
});
