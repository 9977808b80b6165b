/** Walking over dead letters, shard after shard, and putting them back to work. */
import { type Job, jobSchema, mayHaveRow } from "../../feed/delivery/jobs.ts";
import { type Id, idFloor } from "../../feed/ids.ts";
import { DEAD_LETTERS_PAGE, DEAD_LETTERS_SHARDS, OUTBOX_DUE_MS } from "../../feed/limits.ts";
import type { DeadLetter, Store } from "../../db/store.ts";
import { type Event, eventSchema } from "../../feed/export/events.ts";
import type { Deps } from "../deps.ts";

/** A place in a walk over all letters: after the letter `after` of a shard. */
export interface LetterPosition {
  shard: number;
  after: Id;
}

/** The place before the first letter of a shard. */
export function beforeShard(shard: number): LetterPosition {
  return { shard, after: idFloor(0) };
}

/**
 * Reads the letters after a place, shard by shard and oldest first in each. It ends with a full page, or
 * after `DEAD_LETTERS_SHARDS` shards, so a page may be empty before the end.
 * @returns the letters, and the place where the walk goes on; null at the end
 * @throws StoreUnavailable
 */
export async function lettersFrom(
  { shards, deadLetters }: Pick<Store, "shards" | "deadLetters">,
  from: LetterPosition,
): Promise<{ letters: DeadLetter[]; next: LetterPosition | null }> {
  const letters: DeadLetter[] = [];
  let { shard, after } = from;
  for (let read = 0; shard < shards; read++) {
    if (read === DEAD_LETTERS_SHARDS) return { letters, next: { shard, after } };
    const room = DEAD_LETTERS_PAGE - letters.length;
    const some = await deadLetters.list(shard, after, room);
    letters.push(...some);
    const last = some.at(-1);
    if (some.length === room && last !== undefined) {
      return { letters, next: { shard, after: last.id } };
    }
    ({ shard, after } = beforeShard(shard + 1));
  }
  return { letters, next: null };
}

/**
 * Sends the jobs of some dead letters again, starting from their first attempt, and events back to the
 * export queue. A letter that is neither stays. The outbox has the job, or the queue the event, before
 * the letter is deleted, so a crash in between loses nothing.
 * @returns how many letters were sent, and the place where the walk goes on; null at the end
 * @throws StoreUnavailable, QueueUnavailable
 */
export async function redrive(
  deps: Deps,
  from: LetterPosition,
): Promise<{ retried: number; next: LetterPosition | null }> {
  const { letters, next } = await lettersFrom(deps.store, from);
  const jobLetters = jobsIn(letters);
  const eventLetters = deps.events === null ? [] : eventsIn(letters);
  const jobs = jobLetters.map(({ job }) => job);
  await deps.store.outbox.put(jobs.filter(mayHaveRow), deps.nowMs() + OUTBOX_DUE_MS);
  await deps.events?.send(eventLetters.map(({ event }) => event));
  const sent = [...jobLetters, ...eventLetters];
  await deps.store.deadLetters.remove(sent.map(({ id }) => id));
  await deps.queues.send(jobs);
  return { retried: sent.length, next };
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
