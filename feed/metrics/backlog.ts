/** The backlogs: unfinished work. A backlog that could not be read is null. */
export interface Backlog {
  /** Outbox rows: unfinished jobs, whether their messages are in a queue or lost. */
  outbox: number | null;
  /** Jobs that failed for good. */
  deadLetters: number | null;
  /** Messages by queue, from the platform's count. */
  queues: Record<string, number | null>;
}
