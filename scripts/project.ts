/** Where the project lies, and how its scripts start the tools it has installed. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

// Also where a tool runs these files through a loader of its own, as Vitest does.
const { resolve } = createRequire(import.meta.url);

/** The repository's root. */
export const ROOT = dirname(import.meta.dirname);

/** The configuration of the Worker, read by wrangler and by these scripts. */
export const WRANGLER_CONFIG = join(ROOT, "wrangler.toml");

/**
 * wrangler's program. `bin/wrangler.js` would only start it in one more process, which one more
 * signal would have to reach.
 */
export const WRANGLER = resolve("wrangler");

/** vite's program. */
export const VITE = join(dirname(resolve("vite/package.json")), "bin/vite.js");

/**
 * Environment for wrangler: no telemetry, no banner (which asks the registry for updates), no
 * look-up of where this machine is. What the user has set wins.
 */
export function toolEnv(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return {
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_HIDE_BANNER: "true",
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    ...env,
  };
}

/** What a command of this folder ends with when it cannot go on: said as it is, without a stack. */
export class CommandError extends Error {
  override name = "CommandError";
}

/** Runs a command's main function: a `CommandError` is printed, anything else is a bug and thrown. */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    console.error(`\n${error.message}`);
    process.exitCode = 1;
  }
}
