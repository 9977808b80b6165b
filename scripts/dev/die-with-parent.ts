/**
 * Loaded into wrangler's process, so that no process outlives the command that started it.
 *
 * - The channel to the parent closes when the parent ends, however it ends: then wrangler stops as if
 *   it had received a signal.
 * - A killed wrangler can't stop its workerd processes, which would keep the port and the data. So it
 *   reports every process that it starts to the parent.
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
