/**
 * Loaded into wrangler's process, so that nothing outlives the command that started it.
 *
 * - The channel to the parent closes when the parent is gone, however it went: then wrangler stops
 *   as if it had been told to.
 * - wrangler killed outright cannot stop its workerd processes, which go on holding the port and the
 *   data. So the parent is told of every process that wrangler starts.
 */
import type { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";

/** How long wrangler may take to stop by itself. */
const STOP_TIMEOUT_MS = 3_000;

process.on("disconnect", () => {
  process.kill(process.pid, "SIGTERM");
  setTimeout(() => process.kill(process.pid, "SIGKILL"), STOP_TIMEOUT_MS).unref();
});

subscribe("child_process", (message) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what Node documents for it
  const { process: child } = message as { process: ChildProcess };
  // The process has its id only after this event.
  setImmediate(() => {
    if (process.connected) process.send?.({ event: "CHILD_STARTED", pid: child.pid });
  });
});
