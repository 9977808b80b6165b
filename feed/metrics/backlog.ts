/** What waits to be done. What could not be asked is null. */
export interface Backlog {
  /** Outbox rows: jobs that are not done, whether their message is under way or lost. */
  outbox: number | null;
  /** Jobs that were given up. */
  deadLetters: number | null;
  /** Messages by queue, as the platform counts them. */
  queues: Record<string, number | null>;
}
