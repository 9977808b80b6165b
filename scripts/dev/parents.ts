/** Notices when the npm that runs a script has ended, even if it was killed. */
import { readFileSync } from "node:fs";

/** How often to look. */
const CHECK_EVERY_MS = 1_000;

/**
 * Calls back once when the process that started this one ends, or npm behind its shell. It watches
 * nothing without npm, because a script may outlive a user's own shell.
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
 * This process's parent, and npm behind it if the parent is npm's shell. The next parent would be the
 * user's own shell, which may end before the script. Only Linux shows the second one without starting
 * another process.
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
