/** The data that the ranking model is trained on. */
import type { Impression } from "../../feed/delivery/jobs.ts";
import type { Id, UserId } from "../../feed/ids.ts";

/** A served page: a line of the training log without the viewer's actions. */
export interface ServedPage {
  id: Id;
  viewer: UserId;
  line: string;
}

/** A page, and the shard that it was found in: not its viewer's any more, if databases were added since. */
export type StoredPage = ServedPage & { shard: number };

/** What training learns from. No request reads it, so it is no part of `Store`; old rows expire. */
export interface TrainingStore {
  /** How many shards there are: those of D1, whichever database the store is. */
  readonly shards: number;
  /** Stores what a viewer has seen; a repeated call changes nothing. @throws IdTaken */
  storeImpressions(id: Id, viewer: UserId, items: readonly Impression[]): Promise<void>;
  /**
   * Reads a viewer's reports from one id (inclusive) to another (exclusive), oldest first.
   * @param alsoIn a further shard that may have some of them: that of the viewer's pages
   */
  impressionsOf(
    viewer: UserId,
    from: Id,
    to: Id,
    alsoIn?: number,
  ): Promise<{ id: Id; items: Impression[] }[]>;
  /** Stores a page; a repeated call changes nothing. @throws IdTaken */
  storePage(page: ServedPage): Promise<void>;
  /** Reads pages made before an id, after `after`; the pages of a viewer and period are adjacent. */
  pages(
    after: Pick<ServedPage, "id" | "viewer"> | null,
    before: Id,
    limit: number,
  ): Promise<StoredPage[]>;
  /**
   * Deletes rows of one shard, of periods before that of an id: up to `limit` of each table.
   * @returns how many it has deleted
   */
  deleteBefore(shard: number, before: Id, limit: number): Promise<number>;
}
