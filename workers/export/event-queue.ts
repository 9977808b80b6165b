/**
 * Events on their way out: to a queue of their own, so that nothing else ever waits for whoever
 * reads them. Those of one turn go together.
 */
import { type Event, eventsOf } from "../../feed/export/events.ts";
import type { Job, ExportedChange } from "../../feed/delivery/jobs.ts";
import { messageBatches } from "../job-queues.ts";

interface Waiting {
  events: readonly Event[];
  resolve(): void;
  reject(error: unknown): void;
}

export class EventQueue {
  readonly #queue: Queue;
  #waiting: Waiting[] = [];

  constructor(queue: Queue) {
    this.#queue = queue;
  }

  /** Puts events into the queue; when it returns they are kept there. */
  send(events: readonly Event[]): Promise<void> {
    if (events.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) queueMicrotask(() => void this.#flush());
      this.#waiting.push({ events, resolve, reject });
    });
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    const all = waiting.flatMap(({ events }) => events);
    try {
      for (const messages of messageBatches(all)) await this.#queue.sendBatch(messages);
      for (const one of waiting) one.resolve();
    } catch (error) {
      for (const one of waiting) one.reject(error);
    }
  }
}

/** The jobs of a change, the first of which tells the export of it, if there is one. */
export function withExport<T extends Job>(
  events: EventQueue | null,
  tells: ExportedChange,
  jobs: readonly T[],
): T[] {
  return jobs.map((job, index) => (events === null || index > 0 ? job : { ...job, tells }));
}

/**
 * Tells what finished jobs have to tell. @returns the jobs whose events the queue did not take: they
 * must not be forgotten, but done once more, and tell it then
 */
export async function tell(events: EventQueue | null, jobs: readonly Job[]): Promise<Set<Job>> {
  const unexported = new Set<Job>();
  if (events === null) return unexported;
  await Promise.all(
    jobs.map(async (job) => {
      try {
        await events.send(eventsOf(job));
      } catch (error) {
        console.warn("the events of a job could not be sent", {
          job: job.id,
          error: String(error),
        });
        unexported.add(job);
      }
    }),
  );
  return unexported;
}
