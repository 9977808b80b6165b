/** Builds the page and the API reference into web/dist. */
import { gzipSync } from "node:zlib";
import preact from "@preact/preset-vite";
import { defineConfig, type Plugin, type Rolldown } from "vite";

/** The limit of the first load's script, gzipped: what a slow phone loads in half a second. */
const FIRST_LOAD_MAX_KIB = 40;

type Bundle = Rolldown.OutputBundle;

/** An entry, and all chunks that it imports statically. */
function loadedAtOnce(bundle: Bundle, fileName: string, seen = new Set<string>()): Set<string> {
  const chunk = bundle[fileName];
  if (chunk?.type !== "chunk" || seen.has(fileName)) return seen;
  seen.add(fileName);
  for (const imported of chunk.imports) loadedAtOnce(bundle, imported, seen);
  return seen;
}

/** Prints the script of the page's first load, and fails the build above the limit. */
function firstLoadBudget(): Plugin {
  return {
    name: "first-load-budget",
    generateBundle(_options, bundle) {
      const page = Object.values(bundle).find(
        (file) => file.type === "chunk" && file.name === "page",
      );
      if (page === undefined) throw new Error("the bundle has no entry named page");
      let bytes = 0;
      for (const fileName of loadedAtOnce(bundle, page.fileName)) {
        const chunk = bundle[fileName];
        if (chunk?.type === "chunk") bytes += gzipSync(chunk.code).length;
      }
      const kib = bytes / 1024;
      this.info(`first load: ${kib.toFixed(1)} KiB of script, gzipped`);
      if (kib > FIRST_LOAD_MAX_KIB) this.error(`more than ${FIRST_LOAD_MAX_KIB} KiB`);
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [preact({ reactAliasesEnabled: false }), firstLoadBudget()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    // Swagger UI is one file of 1.4 MB; only /docs/ loads it.
    chunkSizeWarningLimit: 1_600,
    rolldownOptions: {
      input: {
        page: `${import.meta.dirname}/index.html`,
        docs: `${import.meta.dirname}/docs/index.html`,
      },
    },
  },
});
