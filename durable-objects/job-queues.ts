/**
 * The job queues. Jobs that people wait for go to `FANOUT_0 … FANOUT_m-1`, which deliver messages at
 * once. Counting jobs go to `COUNTING_0 … COUNTING_k-1`, which hold messages for a moment, so that a
 * batch of them makes one call per post.
 */
import { errorText } from "../feed/error-text.ts";
import { batchesOf } from "../feed/delivery/batches.ts";
import { queueOf } from "../feed/delivery/fanout.ts";
import type { Job } from "../feed/delivery/jobs.ts";
import { QUEUE_BATCH_MAX_BYTES, QUEUE_BATCH_MAX_MESSAGES } from "../feed/limits.ts";
import { Unavailable } from "../feed/unavailable.ts";
import { numbered } from "./numbered.ts";
import { orNull } from "./or-null.ts";

const QUEUE_BATCH = { count: QUEUE_BATCH_MAX_MESSAGES, bytes: QUEUE_BATCH_MAX_BYTES };

/** Messages with these bodies, in batches that a queue takes in one call. */
export function* messageBatches<T>(bodies: readonly T[]): Generator<MessageSendRequest<T>[]> {
  // At most two bytes for each unit of UTF-16.
  const bytesOf = (body: T): number => JSON.stringify(body).length * 2;
  for (const batch of batchesOf(bodies, QUEUE_BATCH, bytesOf)) {
    yield batch.map((body) => ({ body, contentType: "json" }));
  }
}

/** A queue did not take messages; the same call may succeed later. */
export class QueueUnavailable extends Unavailable {
  override readonly name = "QueueUnavailable";
}

export class JobQueues {
  readonly #fanout: readonly Queue[];
  readonly #counting: readonly Queue[];
  readonly #withoutJobs: Readonly<Record<string, Queue>>;

  /**
   * @param withoutJobs queues that no job goes to, by binding; `waiting` counts their messages too
   * @throws an error that names the missing binding, if there is no queue of either kind
   */
  constructor(
    fanout: readonly Queue[],
    counting: readonly Queue[],
    withoutJobs: Readonly<Record<string, Queue>>,
  ) {
    if (fanout.length === 0) throw new Error("no queue is bound: add FANOUT_0 to wrangler.toml");
    if (counting.length === 0)
      throw new Error("no queue is bound: add COUNTING_0 to wrangler.toml");
    this.#fanout = fanout;
    this.#counting = counting;
    this.#withoutJobs = withoutJobs;
  }

  /** Sends each job to its queue. @throws QueueUnavailable */
  async send(jobs: readonly Job[], delaySeconds = 0): Promise<void> {
    const byQueue = Map.groupBy(jobs, (job) => this.#queueOf(job));
    const sends: Promise<unknown>[] = [];
    for (const [queue, group] of byQueue) {
      for (const messages of messageBatches(group)) {
        const send = queue?.sendBatch(messages, { delaySeconds });
        if (send !== undefined) sends.push(send);
      }
    }
    try {
      await Promise.all(sends);
    } catch (error) {
      throw new QueueUnavailable(errorText(error), { cause: error });
    }
  }

  /** Sends the jobs of overdue rows again. @throws QueueUnavailable */
  sendSwept(jobs: readonly Job[]): Promise<void> {
    return this.send(jobs.map((job) => (job.kind === "tally" ? { ...job, swept: true } : job)));
  }

  /** How many messages wait in each queue, by binding; null for a queue that does not answer. */
  async waiting(): Promise<Record<string, number | null>> {
    const bindings = [
      ...this.#fanout.map((queue, k) => [`FANOUT_${k}`, queue] as const),
      ...this.#counting.map((queue, k) => [`COUNTING_${k}`, queue] as const),
      ...Object.entries(this.#withoutJobs),
    ];
    const counts = bindings.map(async ([name, queue]) => {
      const waiting = await orNull(async () => (await queue.metrics()).backlogCount);
      return [name, waiting] as const;
    });
    return Object.fromEntries(await Promise.all(counts));
  }

  #queueOf(job: Job): Queue | undefined {
    const queues = isCountingJob(job) ? this.#counting : this.#fanout;
    return queues[queueOf(ownerOf(job), job.part, queues.length)];
  }
}

/** The queues that are bound. */
export function queuesOf(env: Env): JobQueues {
  const { EXPORT_QUEUE } = env;
  return new JobQueues(numbered(env, "FANOUT_", isQueue), numbered(env, "COUNTING_", isQueue), {
    EXPORT_QUEUE,
  });
}

function isQueue(value: unknown): value is Queue {
  return typeof value === "object" && value !== null && "sendBatch" in value;
}

const COUNTING_KINDS: ReadonlySet<Job["kind"]> = new Set([
  "tally",
  "reply",
  "impressions",
  "served",
  "counted",
]);

/** Whether a job counts or logs something, so that a batch of such jobs costs less than each alone. */
function isCountingJob({ kind }: Job): boolean {
  return COUNTING_KINDS.has(kind);
}

/** The id whose bucket picks the queue of a job. */
function ownerOf(job: Job): string {
  return job.kind === "fanout" ? job.author : job.id;
}
