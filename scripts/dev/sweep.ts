/** Cron in development: wrangler dev fires none, but answers an address that runs the handler. */
import { setTimeout as sleep } from "node:timers/promises";

/** In production the sweep runs every minute; here nobody wants to wait for a lost message. */
const SWEEP_EVERY_MS = 2_000;
/** A sweep that takes longer has lost its Worker, to a reload for instance. */
const SWEEP_TIMEOUT_MS = 20_000;
const SCHEDULED_PATH = "/cdn-cgi/local/scheduled";

/** Runs the scheduled handler every two seconds until the signal says stop. */
export async function sweepRegularly(address: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const timeout = AbortSignal.any([signal, AbortSignal.timeout(SWEEP_TIMEOUT_MS)]);
    // A failure is the Worker's to report, and a Worker that reloads is swept next time.
    await fetch(address + SCHEDULED_PATH, { signal: timeout })
      .then((answer) => answer.arrayBuffer())
      .catch(() => null);
    await sleep(SWEEP_EVERY_MS, null, { signal }).catch(() => null);
  }
}
