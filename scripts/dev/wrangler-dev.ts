/** `wrangler dev` as a child process, which ends with all processes that it has started. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { CommandError, ROOT, toolEnv, WRANGLER } from "../project.ts";
import { HIDDEN_VARS } from "./hidden-vars.ts";
import { passOn } from "./output.ts";

/** How long wrangler may take to stop its processes before this script kills them. */
const STOP_TIMEOUT_MS = 5_000;
/** Loaded into wrangler's process. */
const IMPORTS = ["die-with-parent.ts", "hidden-vars.ts"].flatMap((file) => [
  "--import",
  pathToFileURL(join(import.meta.dirname, file)).href,
]);

const readySchema = z.object({
  event: z.literal("DEV_SERVER_READY"),
  ip: z.string(),
  port: z.int(),
});
const childSchema = z.object({ event: z.literal("CHILD_STARTED"), pid: z.int() });

export interface WranglerDev {
  /** Resolves with its address when it listens; rejects if it ends before. */
  ready: Promise<{ host: string; port: number }>;
  /** Resolves with its exit code when it and its children have ended; 0 after `stop`. */
  ended: Promise<number>;
  /** Ends it. */
  stop(): void;
}

/**
 * Starts `wrangler dev` with these flags, without a standard input, so that it asks no questions.
 * @param vars further variables of the Worker. They may be secrets, so they are not passed as arguments,
 *   which everybody on this machine can read.
 */
export function startWranglerDev(
  args: readonly string[],
  vars: ReadonlyMap<string, string>,
): WranglerDev {
  const colour = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
  const child = spawn(process.execPath, ["--no-warnings", ...IMPORTS, WRANGLER, "dev", ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: {
      ...toolEnv({ ...(colour ? { FORCE_COLOR: "1" } : {}), ...process.env }),
      [HIDDEN_VARS]: JSON.stringify([...vars]),
    },
  });
  if (child.stdout !== null) passOn(child.stdout, process.stdout);
  if (child.stderr !== null) passOn(child.stderr, process.stderr);
  const started = new Set<number>();
  const ready = whenReady(child, started);
  // A caller that does not await `address` learns of a failure from `ended`.
  ready.catch(() => null);
  let asked = false;
  const ended = new Promise<number>((resolve) => {
    child.once("exit", (code) => {
      for (const pid of started) kill(pid);
      resolve(asked ? 0 : (code ?? 1));
    });
  });
  return {
    ready,
    ended,
    stop() {
      asked = true;
      child.kill("SIGTERM");
      setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS).unref();
    },
  };
}

function whenReady(
  child: ChildProcess,
  started: Set<number>,
): Promise<{ host: string; port: number }> {
  return new Promise((resolve, reject) => {
    child.on("message", (message) => {
      const note = childSchema.safeParse(message);
      if (note.success) started.add(note.data.pid);
      // wrangler sends its own messages as JSON in a string.
      const parsed = readySchema.safeParse(
        typeof message === "string" ? JSON.parse(message) : null,
      );
      if (parsed.success) resolve({ host: parsed.data.ip, port: parsed.data.port });
    });
    child.once("error", reject);
    child.once("exit", (code) => {
      reject(new CommandError(`wrangler dev ended before it was ready (exit code ${code}).`));
    });
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
