/** Tombstones: the ids of deleted posts and undone reposts, in an object's table `tombstones`. */
import type { Id } from "../../feed/ids.ts";

/** Whether any of these ids has a tombstone. */
export function isTombstoned(sql: SqlStorage, ids: readonly Id[]): boolean {
  // A post that is no repost is one id twice.
  return [...new Set(ids)].some(
    (id) => sql.exec("SELECT 1 FROM tombstones WHERE id = ?", id).toArray().length > 0,
  );
}
