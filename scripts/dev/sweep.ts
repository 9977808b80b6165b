/** Cron in development: wrangler dev runs no cron trigger, but has a URL that runs the handler. */
import { setTimeout as sleep } from "node:timers/promises";

/** Production sweeps every minute; development sweeps more often, so that lost messages heal soon. */
const SWEEP_EVERY_MS = 2_000;
/** A longer sweep has lost its Worker, for example to a reload. */
const SWEEP_TIMEOUT_MS = 20_000;
const SCHEDULED_PATH = "/cdn-cgi/local/scheduled";

/** Runs the scheduled handler every two seconds until the signal is aborted. */
export async function sweepRegularly(address: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const timeout = AbortSignal.any([signal, AbortSignal.timeout(SWEEP_TIMEOUT_MS)]);
    // The Worker reports its failures, and the next sweep reaches a Worker that reloads now.
    await fetch(address + SCHEDULED_PATH, { signal: timeout })
      .then((answer) => answer.arrayBuffer())
      .catch(() => null);
    await sleep(SWEEP_EVERY_MS, null, { signal }).catch(() => null);
  }
}
