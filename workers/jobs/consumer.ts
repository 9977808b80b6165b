/** The job queues' consumer: it acknowledges or retries each message by itself, and drops none. */
import { errorText } from "../../feed/error-text.ts";
import { type Job, jobSchema } from "../../feed/delivery/jobs.ts";
import { type Batch, recordQueueWait } from "../metrics/queue-wait.ts";
import type { Deps } from "../deps.ts";
import { JOB_RETRY_BASE_S } from "../../feed/limits.ts";
import { finishJobs, passOn } from "./finish.ts";
import { runJobs } from "./run-jobs.ts";

/** Runs the jobs of a batch, and acknowledges or retries every message. */
export async function consume(deps: Deps, batch: Batch): Promise<void> {
  recordQueueWait(deps, batch);
  const parsed: { message: Message; job: Job }[] = [];
  for (const message of batch.messages) {
    const job = jobSchema.safeParse(message.body);
    if (job.success) parsed.push({ message, job: job.data });
    else await ackAfter(message, () => storeUnparsed(deps, message));
  }
  const remainders = await runJobs(
    deps,
    parsed.map(({ job }) => job),
  );
  const done = parsed.flatMap(({ job }, index) =>
    (remainders[index] ?? null) === null ? [job] : [],
  );
  deps.meter.count("jobs", "done", done.length);
  // All done jobs finish together: that takes a statement for each shard, not for each message.
  const finished = done.length === 0 ? null : finishJobs(deps, done);
  await Promise.all(
    parsed.map(({ message, job }, index) =>
      ackAfter(message, async () => {
        const remainder = remainders[index] ?? null;
        if (remainder !== null) await passOn(deps, remainder);
        else if ((await finished)?.has(job) === true)
          throw new Error("the export queue did not take its events");
      }),
    ),
  );
}

/** Stores a message that this version cannot parse as a dead letter, for a version that can. */
async function storeUnparsed(deps: Deps, message: Message): Promise<void> {
  const letter = { id: deps.drawId(0), reason: "unknown version or kind", body: message.body };
  await deps.store.deadLetters.keep([letter]);
  deps.meter.count("jobs", "dead");
}

/** Acknowledges a message after its work; if the work throws, the queue retries the message. */
async function ackAfter(message: Message, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    message.ack();
  } catch (error) {
    console.error("a message returns to its queue", { id: message.id, error: errorText(error) });
    message.retry({ delaySeconds: JOB_RETRY_BASE_S });
  }
}
