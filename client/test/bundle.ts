/** Bundles of the conformance run with the built client, for platforms other than Node. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "vite";

/** The entries by platform: a Worker that answers the outcomes, and a script of a page. */
const ENTRIES = {
  worker: `export default {
    async fetch(request) {
      const { url, adminToken } = await request.json();
      return Response.json(await conformance({ client, url, adminToken }));
    },
  };`,
  page: "globalThis.conformance = (url, adminToken) => conformance({ client, url, adminToken });",
};

/** @param folder has the built client, and gets the bundle @returns the bundle */
export async function bundleConformance(
  platform: keyof typeof ENTRIES,
  folder: string,
): Promise<string> {
  const entry = join(folder, `${platform}.js`);
  const imports = [
    `import * as client from "./skein-client.js";`,
    `import { conformance } from ${JSON.stringify(join(import.meta.dirname, "conformance.ts"))};`,
  ];
  await writeFile(entry, [...imports, ENTRIES[platform]].join("\n"));
  const built = await build({
    root: folder,
    configFile: false,
    logLevel: "warn",
    build: { write: false, target: "es2024", minify: false, lib: { entry, formats: ["es"] } },
  });
  const [output] = Array.isArray(built) ? built : [built];
  if (output === undefined || !("output" in output)) throw new Error("the build has no output");
  return output.output[0].code;
}
