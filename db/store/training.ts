/**
 * The training log: the data that the ranking model is trained on. It has storage of its own, so it cannot fill
 * the databases of the store. No request reads it. Its lines expire.
 */
import type { Impression } from "../../feed/delivery/jobs.ts";
import type { Id, UserId } from "../../feed/ids.ts";
import type { LoggedReport, ViewerKey } from "../../feed/rank/training-log.ts";

/** A served page: a line of the training log without the viewer's actions. */
export interface ServedPage {
  /** Names no account. */
  id: Id;
  viewer: ViewerKey;
  line: string;
}

/** Every method is safe to repeat, and throws `StoreUnavailable`. */
export interface TrainingLog {
  /** Stores whose key one is, so that the log's reader can join a viewer's actions. */
  nameViewer(key: ViewerKey, viewer: UserId): Promise<void>;
  /** The viewers of keys, without the keys that are forgotten. */
  viewersOf(keys: readonly ViewerKey[]): Promise<Map<ViewerKey, UserId>>;
  /** Forgets whose key one is: its lines are anonymous from now on. */
  forgetViewer(key: ViewerKey): Promise<void>;
  storePage(page: ServedPage): Promise<void>;
  /** Stores some reports of a viewer together. @param id names no account */
  storeReports(id: Id, viewer: ViewerKey, reports: readonly LoggedReport[]): Promise<void>;
  /** Reads pages made before an id, after `after`; the pages of a viewer and period are adjacent. */
  pages(
    after: Pick<ServedPage, "id" | "viewer"> | null,
    before: Id,
    limit: number,
  ): Promise<ServedPage[]>;
  /** Reads a viewer's reports that arrived from one time to before another, in any order. */
  reportsOf(viewer: ViewerKey, fromMs: number, toMs: number): Promise<LoggedReport[]>;
  /**
   * Deletes what was stored in periods before that of an id: up to `limit` of each kind. A log that
   * deletes it by itself does nothing.
   */
  deleteBefore(before: Id, limit: number): Promise<void>;
}

/** A page in a shard of the store. */
export interface OldPage {
  id: Id;
  viewer: UserId;
  line: string;
}

/**
 * The training data that an earlier version kept in the shards of D1, under the ids of viewers. The sweep
 * moves the pages, with the reports that they explain, to the training log; the rest expires.
 */
export interface OldTraining {
  readonly shards: number;
  /** Some pages of a shard, oldest first. */
  pages(shard: number, limit: number): Promise<OldPage[]>;
  /** A viewer's reports in a shard, from one id (inclusive) to another (exclusive), oldest first. */
  reportsOf(
    shard: number,
    viewer: UserId,
    from: Id,
    to: Id,
  ): Promise<{ id: Id; items: Impression[] }[]>;
  deletePages(shard: number, pages: readonly OldPage[]): Promise<void>;
  /** Deletes rows of periods before that of an id: up to `limit` of each table. */
  deleteBefore(shard: number, before: Id, limit: number): Promise<void>;
}
