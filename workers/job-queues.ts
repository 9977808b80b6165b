/** Sending jobs to the queues `FANOUT_0 … FANOUT_m-1`. */
import { queueOf } from "../feed/fanout.ts";
import type { Job } from "../feed/jobs.ts";
import { QUEUE_BATCH_MAX_BYTES, QUEUE_BATCH_MAX_MESSAGES } from "../feed/limits.ts";

/** A queue did not take messages; the same call may succeed later. */
export class QueueUnavailable extends Error {
  override readonly name = "QueueUnavailable";
}

export class JobQueues {
  readonly #queues: readonly Queue[];

  constructor(queues: readonly Queue[]) {
    if (queues.length === 0) throw new Error("no queue is bound: add FANOUT_0 to wrangler.toml");
    this.#queues = queues;
  }

  /** Sends jobs, each to its queue. @throws QueueUnavailable */
  async send(jobs: readonly Job[], delaySeconds = 0): Promise<void> {
    const byQueue = Map.groupBy(jobs, (job) =>
      queueOf(ownerOf(job), job.part, this.#queues.length),
    );
    const sends: Promise<unknown>[] = [];
    for (const [index, group] of byQueue) {
      for (const batch of batchesOf(group)) {
        const messages = batch.map((body) => ({ body, contentType: "json" as const }));
        const sent = this.#queues[index]?.sendBatch(messages, { delaySeconds });
        if (sent !== undefined) sends.push(sent);
      }
    }
    try {
      await Promise.all(sends);
    } catch (error) {
      throw new QueueUnavailable(String(error), { cause: error });
    }
  }
}

function ownerOf(job: Job): string {
  return job.kind === "fanout" ? job.author : job.id;
}

/** Cuts jobs into batches that a queue takes: by number and by bytes. */
function* batchesOf(jobs: readonly Job[]): Generator<Job[]> {
  let batch: Job[] = [];
  let bytes = 0;
  for (const job of jobs) {
    const size = JSON.stringify(job).length * 2;
    const full = batch.length >= QUEUE_BATCH_MAX_MESSAGES || bytes + size > QUEUE_BATCH_MAX_BYTES;
    if (full && batch.length > 0) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(job);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
