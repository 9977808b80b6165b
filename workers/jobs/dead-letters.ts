/** Retrying dead letters. */
import { type Job, jobSchema } from "../../feed/delivery/jobs.ts";
import { DEAD_LETTERS_PAGE, OUTBOX_DUE_MS } from "../../feed/limits.ts";
import type { DeadLetter } from "../../db/store.ts";
import { type Event, eventSchema } from "../../feed/export/events.ts";
import type { Deps } from "../deps.ts";

/**
 * Sends the job of every dead letter again, starting from its first attempt, and every event back to
 * the export queue. A letter that is neither stays. The outbox has the job, or the queue the event,
 * before the letter is deleted, so a crash in between loses nothing.
 * @returns how many letters were sent
 * @throws StoreUnavailable, QueueUnavailable
 */
export async function redrive(deps: Deps): Promise<number> {
  let retried = 0;
  let after: string | null = null;
  for (;;) {
    const letters = await deps.store.deadLetters.list(after, DEAD_LETTERS_PAGE);
    const jobLetters = jobsIn(letters);
    const eventLetters = deps.events === null ? [] : eventsIn(letters);
    const jobs = jobLetters.map(({ job }) => job);
    await deps.store.outbox.put(jobs, deps.nowMs() + OUTBOX_DUE_MS);
    await deps.events?.send(eventLetters.map(({ event }) => event));
    const sent = [...jobLetters, ...eventLetters];
    await deps.store.deadLetters.remove(sent.map(({ id }) => id));
    await deps.queues.send(jobs);
    retried += sent.length;
    after = letters.at(-1)?.id ?? null;
    if (after === null || letters.length < DEAD_LETTERS_PAGE) return retried;
  }
}

function jobsIn(letters: readonly DeadLetter[]): { id: string; job: Job }[] {
  return letters.flatMap(({ id, body }) => {
    const job = jobSchema.safeParse(body);
    return job.success ? [{ id, job: { ...job.data, attempt: 0 } }] : [];
  });
}

function eventsIn(letters: readonly DeadLetter[]): { id: string; event: Event }[] {
  return letters.flatMap(({ id, body }) => {
    const event = eventSchema.safeParse(body);
    return event.success ? [{ id, event: event.data }] : [];
  });
}
