/** Which authors have awake followers, in objects: an author's list may be in several of them. */
import { sql } from "drizzle-orm";
import { listName } from "../../feed/lists.ts";
import { ALL_BUCKETS } from "../d1/shards.ts";
import type { RecipientStore } from "../store.ts";
import type { ObjectShards } from "./object-shards.ts";

export function objectAwakeFollowers(
  shards: ObjectShards,
): Pick<RecipientStore, "withAwakeFollowers"> {
  return {
    async withAwakeFollowers(authors) {
      const found = await Promise.all(
        authors.map(async (author) => {
          const list = listName("followers", author);
          const some = await shards.firstInSegments(list, ALL_BUCKETS, 1, (shard) =>
            shard.all(sql`SELECT 1 FROM followers
              WHERE author = ${author} AND active = 1 AND awake_ms > 0 LIMIT 1`),
          );
          return some.length > 0 ? [author] : [];
        }),
      );
      return new Set(found.flat());
    },
  };
}
