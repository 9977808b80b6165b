/**
 * The consumer of the events' queue. A batch becomes one request; if it fails, every message of it
 * is tried again later, so an event may be written twice and is never lost: one that can't be
 * written until the queue would forget it is kept in the store as a dead letter. One that the
 * endpoint refuses does not hold the others of its batch: each is then written by itself.
 */
import { type Event, eventSchema } from "../../feed/export/events.ts";
import {
  EVENTS_REFUSED_MAX,
  EVENT_ATTEMPTS_MAX,
  EVENT_KEPT_MS,
  EVENT_RETRY_MAX_S,
  JOB_RETRY_BASE_S,
} from "../../feed/limits.ts";
import { type Batch, recordQueueWait } from "../metrics/queue-wait.ts";
import type { Deps } from "../deps.ts";
import { EventsRefused } from "./kafka.ts";

interface ParsedMessage {
  message: Message;
  event: Event;
}

/** Whether a message is an event: jobs have a kind, events a type, in every version of either. */
export function isEvent({ body }: Pick<Message, "body">): boolean {
  return typeof body === "object" && body !== null && "type" in body;
}

/** Writes a batch of events; every message is answered by itself. */
export async function consumeEvents(deps: Deps, batch: Batch): Promise<void> {
  recordQueueWait(deps, batch);
  const known: ParsedMessage[] = [];
  for (const message of batch.messages) {
    const parsed = eventSchema.safeParse(message.body);
    if (parsed.success) known.push({ message, event: parsed.data });
    else await keep(deps, message, "unknown form of event");
  }
  const error = await write(deps, known);
  if (error instanceof EventsRefused && known.length > 1) await writeSingly(deps, known);
  else await settle(deps, known, error);
}

/** Writes events in one request. @returns why that failed; null if it did not */
async function write(deps: Deps, known: readonly ParsedMessage[]): Promise<Error | null> {
  if (known.length === 0) return null;
  try {
    if (deps.eventLog === null) throw new Error("EXPORT is off, and there are events to write");
    await deps.eventLog.write(known.map(({ event }) => event));
    return null;
  } catch (error) {
    console.error("events are not written", { events: known.length, error: String(error) });
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Writes events one after the other, in their order, until too many were refused, or one failed. */
async function writeSingly(deps: Deps, known: readonly ParsedMessage[]): Promise<void> {
  let refused = 0;
  for (const [index, one] of known.entries()) {
    const error = await write(deps, [one]);
    await settle(deps, [one], error);
    if (error instanceof EventsRefused) refused++;
    if (error === null || (error instanceof EventsRefused && refused < EVENTS_REFUSED_MAX))
      continue;
    await settle(deps, known.slice(index + 1), error);
    return;
  }
}

/** Answers messages whose events were written, or were not. */
async function settle(
  deps: Deps,
  known: readonly ParsedMessage[],
  error: Error | null,
): Promise<void> {
  if (error === null) {
    for (const { message } of known) message.ack();
    deps.meter.count("jobs", "done", known.length);
  } else await Promise.all(known.map(({ message }) => later(deps, message, String(error))));
}

async function later(deps: Deps, message: Message, reason: string): Promise<void> {
  const oldMs = deps.nowMs() - message.timestamp.getTime();
  if (oldMs > EVENT_KEPT_MS || message.attempts >= EVENT_ATTEMPTS_MAX) {
    await keep(deps, message, reason);
    return;
  }
  message.retry({ delaySeconds: retryDelayS(message.attempts) });
  deps.meter.count("jobs", "retried");
}

async function keep(deps: Deps, message: Message, reason: string): Promise<void> {
  try {
    await deps.store.deadLetters.keep([{ id: deps.newId(0), reason, body: message.body }]);
    message.ack();
    deps.meter.count("jobs", "dead");
  } catch (error) {
    console.error("an event could not be kept", { id: message.id, error: String(error) });
    message.retry({ delaySeconds: EVENT_RETRY_MAX_S });
  }
}

/** Doubling, bounded: hours of an endpoint that is down are few attempts. */
function retryDelayS(attempts: number): number {
  return Math.min(EVENT_RETRY_MAX_S, JOB_RETRY_BASE_S * 2 ** Math.max(0, attempts - 1));
}
