/** How long messages wait in their queues. */
import type { Meter } from "./meter.ts";

/** A batch of messages, as far as a consumer needs it. */
export type Batch = Pick<MessageBatch, "queue" | "messages">;

/** Records how long each message of a batch was under way, in milliseconds. */
export function recordQueueWait(
  { meter, nowMs }: { meter: Meter; nowMs: () => number },
  batch: Batch,
): void {
  const atMs = nowMs();
  for (const { timestamp } of batch.messages) {
    meter.time("queue_wait", batch.queue, atMs - timestamp.getTime());
  }
}
