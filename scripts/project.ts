/** The project's folder, and how its scripts start the installed tools. */
import { createRequire } from "node:module";
import { SkeinError } from "../client/src/errors.ts";
import { dirname, join } from "node:path";

// This also works where a tool loads these files by itself, as Vitest does.
const { resolve } = createRequire(import.meta.url);

/** The repository's root. */
export const ROOT = dirname(import.meta.dirname);

/** The configuration of the Worker, which wrangler and these scripts read. */
export const WRANGLER_CONFIG = join(ROOT, "wrangler.toml");

/**
 * wrangler's program. `bin/wrangler.js` would start it in a further process, which signals would have to
 * reach as well.
 */
export const WRANGLER = resolve("wrangler");

/** vite's program. */
export const VITE = join(dirname(resolve("vite/package.json")), "bin/vite.js");

/**
 * Environment for wrangler: no telemetry, no banner (which looks for updates), no look-up of this
 * machine's location. The user's own settings win.
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

/** An error that ends a command; people see its message without a stack. */
export class CommandError extends Error {
  override name = "CommandError";
}

/** Runs a command's main function. It prints what failed, and throws any other error as a bug. */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (error instanceof SkeinError) console.error(`\n${inWords(error)}`);
    else if (error instanceof CommandError) console.error(`\n${error.message}`);
    else throw error;
    process.exitCode = 1;
  }
}

/** Why a call failed, with what is wrong in it. */
function inWords({ code, message, fields }: SkeinError): string {
  if (code === "offline") return `${message}. Is Skein running there?`;
  const faults = fields.map(({ path, message: fault }) => `\n  ${path}: ${fault}`);
  return `Skein answered ${code}: ${message}${faults.join("")}`;
}
