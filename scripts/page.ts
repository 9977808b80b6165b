/** Builds the page if it is missing or older than its sources. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { CommandError, ROOT, VITE } from "./project.ts";

/** The page shares its wire schemas with the Worker. */
const SOURCES = ["web", "feed", "package-lock.json"];
const BUILT = "web/dist";

/** Whether the built page is missing, or older than its newest source. */
export async function pageIsStale(root: string): Promise<boolean> {
  const builtMs = await stat(join(root, BUILT, "index.html")).then(
    (file) => file.mtimeMs,
    () => null,
  );
  if (builtMs === null) return true;
  const newest = await Promise.all(SOURCES.map((source) => newestMs(root, source)));
  return Math.max(...newest) > builtMs;
}

async function newestMs(root: string, path: string): Promise<number> {
  if (path === BUILT) return 0;
  const file = await stat(join(root, path)).catch(() => null);
  if (file === null) return 0;
  if (!file.isDirectory()) return file.mtimeMs;
  const names = await readdir(join(root, path));
  const below = await Promise.all(names.map((name) => newestMs(root, `${path}/${name}`)));
  // A folder's own time changes when a file is deleted.
  return Math.max(file.mtimeMs, ...below);
}

/** Builds the page if it is stale. @param onBuild is called before it does. @throws CommandError if that fails */
export async function bringPageUpToDate(onBuild: () => void = () => undefined): Promise<void> {
  if (!(await pageIsStale(ROOT))) return;
  onBuild();
  await buildPage();
}

/** Builds the page. @throws CommandError with the builder's output if that fails */
export async function buildPage(): Promise<void> {
  const { exitCode, all } = await execa(
    process.execPath,
    [VITE, "build", "web", "--logLevel", "warn"],
    // Always the page that is deployed: a test runner's own mode would build another one.
    { cwd: ROOT, all: true, reject: false, stdin: "ignore", env: { NODE_ENV: "production" } },
  );
  if (exitCode !== 0) throw new CommandError(`The page does not build:\n${all}`);
}
