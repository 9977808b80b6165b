/**
 * The consumer of the export queue. It writes a batch in one request. If that fails, it retries every
 * message later, so an event may be written twice but is never lost: an event that cannot be written
 * before the queue would drop it becomes a dead letter in the store. An event that the endpoint
 * refuses does not hold up its batch: the events are then written one by one.
 */
import { errorText } from "../../feed/error-text.ts";
import type { Store } from "../../db/store.ts";
import { type Event, eventSchema, ownerOf } from "../../feed/export/events.ts";
import { type Id, idBucket } from "../../feed/ids.ts";
import {
  EVENTS_REFUSED_MAX,
  EVENT_ATTEMPTS_MAX,
  EVENT_KEPT_MS,
  EVENT_RETRY_MAX_S,
  JOB_RETRY_BASE_S,
} from "../../feed/limits.ts";
import type { Meter } from "../metrics/meter.ts";
import { type Batch, recordQueueWait } from "../metrics/queue-wait.ts";
import { type EventLog, EventsRefused } from "./event-log.ts";

/** The dependencies of the consumer. */
interface ConsumerDeps {
  /** Null while events are not exported. */
  eventLog: EventLog | null;
  store: Pick<Store, "deadLetters">;
  meter: Meter;
  nowMs(): number;
  drawId(bucket: number): Id;
}

interface ParsedMessage {
  message: Message;
  event: Event;
}

/** Whether a message is an event. In every version, a job has a `kind` and an event a `type`. */
export function isEvent({ body }: Pick<Message, "body">): boolean {
  return typeof body === "object" && body !== null && "type" in body;
}

/** Writes a batch of events, and acknowledges or retries every message. */
export async function consumeEvents(deps: ConsumerDeps, batch: Batch): Promise<void> {
  recordQueueWait(deps, batch);
  const parsed: ParsedMessage[] = [];
  for (const message of batch.messages) {
    const event = eventSchema.safeParse(message.body);
    if (event.success) parsed.push({ message, event: event.data });
    else await storeDeadLetter(deps, message, "unknown version or type of event");
  }
  const error = await write(deps, parsed);
  if (error instanceof EventsRefused && parsed.length > 1) await writeSingly(deps, parsed);
  else await answer(deps, parsed, error);
}

/** Writes events in one request. @returns why that failed; null if it succeeded */
async function write(deps: ConsumerDeps, parsed: readonly ParsedMessage[]): Promise<Error | null> {
  if (parsed.length === 0) return null;
  try {
    if (deps.eventLog === null) throw new Error("EXPORT is off, and there are events to write");
    await deps.eventLog.write(parsed.map(({ event }) => event));
    return null;
  } catch (error) {
    console.error("events are not written", { events: parsed.length, error: errorText(error) });
    return error instanceof Error ? error : new Error(errorText(error), { cause: error });
  }
}

/**
 * Writes events one by one, in their order. It stops, and retries the rest later, once one fails
 * otherwise than by refusal, or `EVENTS_REFUSED_MAX` were refused.
 */
async function writeSingly(deps: ConsumerDeps, parsed: readonly ParsedMessage[]): Promise<void> {
  let refused = 0;
  for (const [index, single] of parsed.entries()) {
    const error = await write(deps, [single]);
    await answer(deps, [single], error);
    if (error instanceof EventsRefused) refused++;
    if (error === null || (error instanceof EventsRefused && refused < EVENTS_REFUSED_MAX))
      continue;
    await answer(deps, parsed.slice(index + 1), error);
    return;
  }
}

/** Acknowledges messages whose events are written, and retries the others. */
async function answer(
  deps: ConsumerDeps,
  parsed: readonly ParsedMessage[],
  error: Error | null,
): Promise<void> {
  if (error === null) {
    for (const { message } of parsed) message.ack();
    deps.meter.count("jobs", "done", parsed.length);
  } else
    await Promise.all(parsed.map(({ message }) => retryLater(deps, message, errorText(error))));
}

async function retryLater(deps: ConsumerDeps, message: Message, reason: string): Promise<void> {
  const ageMs = deps.nowMs() - message.timestamp.getTime();
  if (ageMs > EVENT_KEPT_MS || message.attempts >= EVENT_ATTEMPTS_MAX) {
    await storeDeadLetter(deps, message, reason);
    return;
  }
  message.retry({ delaySeconds: retryDelayS(message.attempts) });
  deps.meter.count("jobs", "retried");
}

async function storeDeadLetter(
  deps: ConsumerDeps,
  message: Message,
  reason: string,
): Promise<void> {
  try {
    const event = eventSchema.safeParse(message.body);
    // With its owner, where a deletion of the account looks for it.
    const bucket = event.success ? idBucket(ownerOf(event.data)) : 0;
    await deps.store.deadLetters.keep([{ id: deps.drawId(bucket), reason, body: message.body }]);
    message.ack();
    deps.meter.count("jobs", "dead");
  } catch (error) {
    console.error("an event could not be stored as a dead letter", {
      id: message.id,
      error: errorText(error),
    });
    message.retry({ delaySeconds: EVENT_RETRY_MAX_S });
  }
}

/** Doubles up to a bound, so that an endpoint that is down for hours costs few attempts. */
function retryDelayS(attempts: number): number {
  return Math.min(EVENT_RETRY_MAX_S, JOB_RETRY_BASE_S * 2 ** Math.max(0, attempts - 1));
}
