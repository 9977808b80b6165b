/** Notices that the npm which runs a script is gone, even if it was killed without a word. */
import { readFileSync } from "node:fs";

/** How often to look. */
const CHECK_EVERY_MS = 1_000;

/**
 * Calls back once if the process that started this one goes away; npm's shell in between counts.
 * Started without npm, a script may well outlive its shell, so then nothing is watched.
 */
export function whenNpmIsGone(callback: () => void, stopped: AbortSignal): void {
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const before = parents();
  const check = setInterval(() => {
    if (parents() === before) return;
    clearInterval(check);
    callback();
  }, CHECK_EVERY_MS);
  check.unref();
  stopped.addEventListener("abort", () => clearInterval(check));
}

/**
 * This process's parent, and npm behind it where that is only npm's shell. Looking further would
 * find the user's own shell, which may end with the script left running. Only Linux tells the
 * second without another process.
 */
function parents(): string {
  const { ppid } = process;
  try {
    // pid (name) state ppid …
    const stat = /^\d+ \((?<name>.*)\) \S (?<parent>\d+)/s.exec(
      readFileSync(`/proc/${ppid}/stat`, "utf8"),
    )?.groups;
    const isShell = /^(?:ba|da|z|a)?sh$|^busybox$/.test(stat?.["name"] ?? "");
    return isShell ? `${ppid} ${stat?.["parent"]}` : `${ppid}`;
  } catch {
    return `${ppid}`;
  }
}
