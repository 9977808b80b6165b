/** A batch of messages as its consumers see it. */
import type { Deps } from "../deps.ts";

/** Messages of a queue, as much of them as a consumer needs. */
export type Batch = Pick<MessageBatch, "queue" | "messages">;

/** Notes how long messages were under way. */
export function noteWait({ meter, nowMs }: Pick<Deps, "meter" | "nowMs">, batch: Batch): void {
  const atMs = nowMs();
  for (const { timestamp } of batch.messages) {
    meter.time("queue_wait", batch.queue, atMs - timestamp.getTime());
  }
}
