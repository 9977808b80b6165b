/** Lists of followers and followees in D1. */
import { and, desc, eq, lt, or, type SQL } from "drizzle-orm";
import type { EdgePosition } from "../../feed/cursor.ts";
import type { UserId } from "../../feed/ids.ts";
import { listName } from "../../feed/lists.ts";
import type { EdgeListStore, Page } from "../store.ts";
import { isActive } from "./json.ts";
import { followers, following } from "./schema.ts";
import { ALL_BUCKETS, type OwnerShards } from "./shards.ts";

/** A page of the first `limit` rows; a further row shows that there is a next page. */
function pageOf(
  rows: readonly { user: UserId; version: number }[],
  limit: number,
): Page<UserId, EdgePosition> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map((row) => row.user),
    next: rows.length > limit && last !== undefined ? last : null,
  };
}

function newestEdgeFirst(a: EdgePosition, b: EdgePosition): number {
  if (a.version !== b.version) return b.version - a.version;
  return a.user < b.user ? 1 : -1;
}

function olderThan(
  version: typeof followers.version | typeof following.version,
  user: typeof followers.follower | typeof following.followee,
  after: EdgePosition | null,
): SQL | undefined {
  if (after === null) return undefined;
  return or(lt(version, after.version), and(eq(version, after.version), lt(user, after.user)));
}

export function d1EdgeLists(shards: OwnerShards): EdgeListStore {
  return {
    async followers(user, after, limit) {
      const parts = await shards.inSegments(listName("followers", user), ALL_BUCKETS, (shard) =>
        shard
          .select({ user: followers.follower, version: followers.version })
          .from(followers)
          .where(
            and(
              eq(followers.author, user),
              isActive(followers.active),
              olderThan(followers.version, followers.follower, after),
            ),
          )
          .orderBy(desc(followers.version), desc(followers.follower))
          .limit(limit + 1),
      );
      const rows = parts.flat();
      // One part is in order already.
      if (parts.length > 1) rows.sort(newestEdgeFirst);
      return pageOf(rows, limit);
    },

    async following(user, after, limit) {
      const rows = await shards.at(user, (shard) =>
        shard
          .select({ user: following.followee, version: following.version })
          .from(following)
          .where(
            and(
              eq(following.follower, user),
              isActive(following.active),
              olderThan(following.version, following.followee, after),
            ),
          )
          .orderBy(desc(following.version), desc(following.followee))
          .limit(limit + 1),
      );
      return pageOf(rows, limit);
    },

    followees(user) {
      return shards.at(user, (shard) =>
        shard
          .select({ user: following.followee, version: following.version })
          .from(following)
          .where(and(eq(following.follower, user), isActive(following.active))),
      );
    },
  };
}
