/** Driving dead letters again. */
import { type Job, jobSchema } from "../../feed/delivery/jobs.ts";
import { DEAD_LETTERS_PAGE, OUTBOX_DUE_MS } from "../../feed/limits.ts";
import type { DeadLetter } from "../../db/store.ts";
import { type Event, eventSchema } from "../../feed/export/events.ts";
import type { Deps } from "../deps.ts";

/**
 * Puts every dead letter that is a known job back to work, from its first attempt on, and every
 * event back into its queue; what is not known stays. The outbox has a job, and the queue an event,
 * before its letter goes, so a crash in between loses none.
 * @returns how many were put back
 */
export async function redrive(deps: Deps): Promise<number> {
  let retried = 0;
  let after: string | null = null;
  for (;;) {
    const letters = await deps.store.deadLetters.list(after, DEAD_LETTERS_PAGE);
    const known = letters.flatMap((letter): { id: string; job: Job }[] => {
      const job = jobSchema.safeParse(letter.body);
      return job.success ? [{ id: letter.id, job: { ...job.data, attempt: 0 } }] : [];
    });
    const jobs = known.map(({ job }) => job);
    const events = eventsIn(letters);
    await deps.store.outbox.put(jobs, deps.nowMs() + OUTBOX_DUE_MS);
    if (deps.events !== null) await deps.events.send(events.map(({ event }) => event));
    const back = [...known, ...(deps.events === null ? [] : events)];
    await deps.store.deadLetters.remove(back.map(({ id }) => id));
    await deps.queues.send(jobs);
    retried += back.length;
    after = letters.at(-1)?.id ?? null;
    if (after === null || letters.length < DEAD_LETTERS_PAGE) return retried;
  }
}

function eventsIn(letters: readonly DeadLetter[]): { id: string; event: Event }[] {
  return letters.flatMap(({ id, body }) => {
    const event = eventSchema.safeParse(body);
    return event.success ? [{ id, event: event.data }] : [];
  });
}
