/**
 * Sending jobs to their queues. What people wait for goes to `FANOUT_0 … FANOUT_m-1`, whose messages
 * are handed over at once; what is counted goes to `COUNTING_0 … EVENTS_k-1`, where it waits a moment
 * for others, so that a batch of events makes one call per post.
 */
import { batchesOf } from "../feed/delivery/batches.ts";
import { queueOf } from "../feed/delivery/fanout.ts";
import type { Job } from "../feed/delivery/jobs.ts";
import { QUEUE_BATCH_MAX_BYTES, QUEUE_BATCH_MAX_MESSAGES } from "../feed/limits.ts";
import { Unavailable } from "../feed/unavailable.ts";
import { orNull } from "./metrics/or-null.ts";

const QUEUE_BATCH = { count: QUEUE_BATCH_MAX_MESSAGES, bytes: QUEUE_BATCH_MAX_BYTES };

/** Messages with these bodies, in batches of what a queue takes at once. */
export function* messageBatches<T>(bodies: readonly T[]): Generator<MessageSendRequest<T>[]> {
  // At most two bytes for each unit of UTF-16.
  const bytesOf = (body: T): number => JSON.stringify(body).length * 2;
  for (const batch of batchesOf(bodies, QUEUE_BATCH, bytesOf)) {
    yield batch.map((body) => ({ body, contentType: "json" }));
  }
}

/** A queue did not take messages; the same call may succeed later. */
class QueueUnavailable extends Unavailable {
  override readonly name = "QueueUnavailable";
}

export class JobQueues {
  readonly #fanout: readonly Queue[];
  readonly #counting: readonly Queue[];
  readonly #others: Readonly<Record<string, Queue>>;

  /** @param others queues that jobs do not go to, by binding: asked for what waits in them */
  constructor(
    fanout: readonly Queue[],
    counting: readonly Queue[],
    others: Readonly<Record<string, Queue>>,
  ) {
    if (fanout.length === 0) throw new Error("no queue is bound: add FANOUT_0 to wrangler.toml");
    if (counting.length === 0)
      throw new Error("no queue is bound: add COUNTING_0 to wrangler.toml");
    this.#fanout = fanout;
    this.#counting = counting;
    this.#others = others;
  }

  /** Sends jobs, each to its queue. @throws QueueUnavailable */
  async send(jobs: readonly Job[], delaySeconds = 0): Promise<void> {
    const byQueue = Map.groupBy(jobs, (job) => this.#queueOf(job));
    const sends: Promise<unknown>[] = [];
    for (const [queue, group] of byQueue) {
      for (const messages of messageBatches(group)) {
        const sent = queue?.sendBatch(messages, { delaySeconds });
        if (sent !== undefined) sends.push(sent);
      }
    }
    try {
      await Promise.all(sends);
    } catch (error) {
      throw new QueueUnavailable(String(error), { cause: error });
    }
  }

  /** How many messages wait in each queue, by its binding; null if it does not say. */
  async waiting(): Promise<Record<string, number | null>> {
    const bindings = [
      ...this.#fanout.map((queue, k) => [`FANOUT_${k}`, queue] as const),
      ...this.#counting.map((queue, k) => [`COUNTING_${k}`, queue] as const),
      ...Object.entries(this.#others),
    ];
    const counts = bindings.map(async ([name, queue]) => {
      const waiting = await orNull(async () => (await queue.metrics()).backlogCount);
      return [name, waiting] as const;
    });
    return Object.fromEntries(await Promise.all(counts));
  }

  #queueOf(job: Job): Queue | undefined {
    const queues = isEvent(job) ? this.#counting : this.#fanout;
    return queues[queueOf(ownerOf(job), job.part, queues.length)];
  }
}

const COUNTING_KINDS: ReadonlySet<Job["kind"]> = new Set([
  "tally",
  "reply",
  "impressions",
  "served",
  "counted",
]);

/** Whether a job counts something, so that doing it with others costs less than doing it at once. */
function isEvent({ kind }: Job): boolean {
  return COUNTING_KINDS.has(kind);
}

function ownerOf(job: Job): string {
  return job.kind === "fanout" ? job.author : job.id;
}
