/** The backlogs: unfinished work. A backlog that is not known is null. */
export interface Backlog {
  /**
   * Outbox rows: unfinished jobs, whether their messages are in a queue or lost. The latest sweep of each
   * shard has counted them, about a minute ago.
   */
  outbox: number | null;
  /** Jobs that failed for good, counted at the same time. */
  deadLetters: number | null;
  /** Messages by queue, from the platform's count. */
  queues: Record<string, number | null>;
}
