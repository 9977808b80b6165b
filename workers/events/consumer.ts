/**
 * The consumer of the events' queue. A batch becomes one request; if it fails, every message of it
 * is tried again later, so an event may be written twice and is never lost: one that can't be
 * written until the queue would forget it is kept in the store as a dead letter.
 */
import { type Event, eventSchema } from "../../feed/events.ts";
import {
  EVENT_ATTEMPTS_MAX,
  EVENT_KEPT_MS,
  EVENT_RETRY_MAX_S,
  JOB_RETRY_BASE_S,
} from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";

interface Known {
  message: Message;
  event: Event;
}

/** Writes a batch of events; every message is answered by itself. */
export async function consumeEvents(deps: Deps, batch: MessageBatch): Promise<void> {
  const known: Known[] = [];
  for (const message of batch.messages) {
    const parsed = eventSchema.safeParse(message.body);
    if (parsed.success) known.push({ message, event: parsed.data });
    else await keep(deps, message, "unknown form of event");
  }
  if (known.length === 0) return;
  try {
    if (deps.eventLog === null) throw new Error("EXPORT is off, and there are events to write");
    await deps.eventLog.write(known.map(({ event }) => event));
    for (const { message } of known) message.ack();
  } catch (error) {
    console.error("events go back to their queue", { events: known.length, error: String(error) });
    await Promise.all(known.map(({ message }) => later(deps, message, String(error))));
  }
}

async function later(deps: Deps, message: Message, reason: string): Promise<void> {
  const oldMs = deps.nowMs() - message.timestamp.getTime();
  if (oldMs > EVENT_KEPT_MS || message.attempts >= EVENT_ATTEMPTS_MAX) {
    await keep(deps, message, reason);
  } else message.retry({ delaySeconds: retryDelayS(message.attempts) });
}

async function keep(deps: Deps, message: Message, reason: string): Promise<void> {
  try {
    await deps.store.deadLetters.keep([{ id: deps.newId(0), reason, body: message.body }]);
    message.ack();
  } catch (error) {
    console.error("an event could not be kept", { id: message.id, error: String(error) });
    message.retry({ delaySeconds: EVENT_RETRY_MAX_S });
  }
}

/** Doubling, bounded: hours of an endpoint that is down are few attempts. */
function retryDelayS(attempts: number): number {
  return Math.min(EVENT_RETRY_MAX_S, JOB_RETRY_BASE_S * 2 ** Math.max(0, attempts - 1));
}
