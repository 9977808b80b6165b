/** The sweep: sends outbox rows again whose message was lost, by a crash or by the queue. */
import { OUTBOX_RESEND_MS, SWEEP_MAX_ROWS } from "../feed/limits.ts";
import type { Deps } from "./deps.ts";

/** Sends what is due. @returns how many jobs were sent */
export async function sweep(deps: Deps): Promise<number> {
  const due = await deps.store.outbox.takeDue(deps.nowMs(), OUTBOX_RESEND_MS, SWEEP_MAX_ROWS);
  await deps.queues.send(due.map((job) => (job.kind === "tally" ? { ...job, swept: true } : job)));
  deps.meter.count("swept", null, due.length);
  if (due.length > 0) console.warn(`sweep: sent ${due.length} jobs again`);
  return due.length;
}
