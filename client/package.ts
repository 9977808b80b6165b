/** Builds the package: one module without imports, and its types. */
import { execa } from "execa";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { CommandError } from "../scripts/project.ts";

/** What the module may weigh, gzipped: a page loads the client before anything else. */
export const CLIENT_MAX_KIB = 8;

const FOLDER = import.meta.dirname;

/**
 * Builds the module and its types into a folder, by default the one that is packed, and empties it before.
 * @returns the module's size in KiB, gzipped @throws CommandError with the compiler's output
 */
export async function buildClient(folder = join(FOLDER, "dist")): Promise<number> {
  await build({
    root: FOLDER,
    configFile: false,
    logLevel: "warn",
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: "es2022",
      minify: true,
      sourcemap: true,
      lib: { entry: "src/skein-client.ts", formats: ["es"], fileName: "skein-client" },
    },
  });
  const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript")), "tsc.js");
  const args = [compiler, "-p", FOLDER, "--outDir", folder];
  const typed = await execa(process.execPath, args, { reject: false });
  if (typed.exitCode !== 0) throw new CommandError(typed.stdout);
  return gzipSync(await readFile(join(folder, "skein-client.js"))).length / 1024;
}
