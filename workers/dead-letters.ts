/** Driving dead letters again. */
import { type Job, jobSchema } from "../feed/jobs.ts";
import { DEAD_LETTERS_PAGE, OUTBOX_DUE_MS } from "../feed/limits.ts";
import type { Deps } from "./deps.ts";

/**
 * Puts every dead letter that is a known job back to work, from its first attempt on; what is not
 * known stays. The outbox has a job before its letter goes, so a crash in between loses none.
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
    await deps.store.outbox.put(jobs, deps.nowMs() + OUTBOX_DUE_MS);
    await deps.store.deadLetters.remove(known.map(({ id }) => id));
    await deps.queues.send(jobs);
    retried += jobs.length;
    after = letters.at(-1)?.id ?? null;
    if (after === null || letters.length < DEAD_LETTERS_PAGE) return retried;
  }
}
