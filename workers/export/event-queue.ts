/**
 * The way of events out of Skein: jobs are marked to export a change, and send its event to the
 * export queue when they are done. The queue is a separate one, so that a slow reader of events
 * delays nothing else.
 */
import { errorText } from "../../feed/error-text.ts";
import { type Event, eventsOf } from "../../feed/export/events.ts";
import type { Job, ExportedChange } from "../../feed/delivery/jobs.ts";
import { messageBatches, QueueUnavailable } from "../../durable-objects/job-queues.ts";

interface PendingSend {
  events: readonly Event[];
  resolve(): void;
  reject(error: unknown): void;
}

/** The export queue. The events of one turn of the event loop go out together. */
export class EventQueue {
  readonly #queue: Queue;
  #pending: PendingSend[] = [];

  constructor(queue: Queue) {
    this.#queue = queue;
  }

  /** Sends events; the queue has stored them when this resolves. @throws QueueUnavailable */
  send(events: readonly Event[]): Promise<void> {
    if (events.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      if (this.#pending.length === 0) queueMicrotask(() => void this.#flush());
      this.#pending.push({ events, resolve, reject });
    });
  }

  async #flush(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    const events = pending.flatMap((send) => send.events);
    try {
      for (const messages of messageBatches(events)) await this.#queue.sendBatch(messages);
      for (const send of pending) send.resolve();
    } catch (error) {
      const unavailable = new QueueUnavailable(errorText(error), { cause: error });
      for (const send of pending) send.reject(unavailable);
    }
  }
}

/** A job that exports a change when it is done; the same job if there is no export. */
export function markForExport<T extends Job>(
  events: EventQueue | null,
  change: ExportedChange,
  job: T,
): T {
  return events === null ? job : { ...job, tells: change };
}

/** The jobs of one change. The first exports the change, so that it is exported once. */
export function markFirstForExport<T extends Job>(
  events: EventQueue | null,
  change: ExportedChange,
  jobs: readonly T[],
): T[] {
  return jobs.map((job, index) => (index === 0 ? markForExport(events, change, job) : job));
}

/**
 * Sends the events of finished jobs. It never throws.
 * @returns the jobs whose events the queue did not take: they must run again, and send them then
 */
export async function sendEvents(
  events: EventQueue | null,
  jobs: readonly Job[],
): Promise<Set<Job>> {
  const unsent = new Set<Job>();
  if (events === null) return unsent;
  await Promise.all(
    jobs.map(async (job) => {
      try {
        await events.send(eventsOf(job));
      } catch (error) {
        console.warn("the events of a job could not be sent", {
          job: job.id,
          error: errorText(error),
        });
        unsent.add(job);
      }
    }),
  );
  return unsent;
}
