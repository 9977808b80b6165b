/** Where exported events go, and how it fails. */
import type { Event } from "../../feed/export/events.ts";

/** A destination of events. */
export interface EventLog {
  /**
   * Writes events. When this throws, some of the events may be written.
   * @throws EventsRefused if another attempt cannot succeed; any other error may pass
   */
  write(events: readonly Event[]): Promise<void>;
}

/** The endpoint refuses these events, now and later. It may take others. */
export class EventsRefused extends Error {
  override readonly name = "EventsRefused";
}

/** Statuses that the same events would get again. */
export const REFUSED: ReadonlySet<number> = new Set([400, 413, 422]);
