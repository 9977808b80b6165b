/** The queue consumer: every message is answered by itself, and none is dropped. */
import { type Job, jobSchema } from "../../feed/delivery/jobs.ts";
import { type Batch, noteWait } from "./batch.ts";
import type { Deps } from "../deps.ts";
import { JOB_RETRY_BASE_S } from "../../feed/limits.ts";
import { finish, settle, tryJobs } from "./settle.ts";

/** Handles a batch: acknowledges what is done or kept, and returns the rest to the queue. */
export async function consume(deps: Deps, batch: Batch): Promise<void> {
  noteWait(deps, batch);
  const known: { message: Message; job: Job }[] = [];
  for (const message of batch.messages) {
    const parsed = jobSchema.safeParse(message.body);
    if (parsed.success) known.push({ message, job: parsed.data });
    else await answer(message, () => keepUnknown(deps, message));
  }
  const left = await tryJobs(
    deps,
    known.map(({ job }) => job),
  );
  const done = known.flatMap(({ job }, index) => ((left[index] ?? null) === null ? [job] : []));
  deps.meter.count("jobs", "done", done.length);
  // Of a whole batch at once: a statement for each shard, not for each message.
  const finished = done.length === 0 ? null : finish(deps, done);
  await Promise.all(
    known.map(({ message, job }, index) =>
      answer(message, async () => {
        const rest = left[index] ?? null;
        if (rest !== null) await settle(deps, rest);
        else if ((await finished)?.has(job) === true)
          throw new Error("its events wait for their queue");
      }),
    ),
  );
}

/** A form that this version does not know is kept for one that does. */
async function keepUnknown(deps: Deps, message: Message): Promise<void> {
  const letter = { id: deps.newId(0), reason: "unknown form of message", body: message.body };
  await deps.store.deadLetters.keep([letter]);
  deps.meter.count("jobs", "dead");
}

async function answer(message: Message, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    message.ack();
  } catch (error) {
    console.error("a message goes back to its queue", { id: message.id, error: String(error) });
    message.retry({ delaySeconds: JOB_RETRY_BASE_S });
  }
}
