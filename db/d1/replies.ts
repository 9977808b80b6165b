/** Replies in D1, in the shard of their parent. */
import { and, desc, eq, lt, sql } from "drizzle-orm";
import { idBucket, newestFirst } from "../../feed/ids.ts";
import { listName } from "../../feed/lists.ts";
import type { ReplyStore } from "../store.ts";
import { posts, replies } from "./schema.ts";
import { ALL_BUCKETS, type OwnerShards } from "./shards.ts";

export function d1Replies(shards: OwnerShards): ReplyStore {
  return {
    async setReply(reply, parent, exists) {
      const listed = sql`EXISTS (SELECT 1 FROM replies
        WHERE replies.parent = ${parent} AND replies.id = ${reply})`;
      const change = exists ? 1 : -1;
      const member = { list: listName("replies", parent), bucket: idBucket(reply) };
      await shards.byMember(
        [reply],
        () => member,
        (shard) =>
          shard.batch([
            shard
              .update(posts)
              .set({
                replies: sql`${posts.replies} + ${change}`,
                repliesVersion: sql`${posts.repliesVersion} + 1`,
              })
              .where(and(eq(posts.id, parent), exists ? sql`NOT ${listed}` : listed)),
            exists
              ? shard.insert(replies).values({ parent, id: reply }).onConflictDoNothing()
              : shard.delete(replies).where(and(eq(replies.parent, parent), eq(replies.id, reply))),
          ]),
      );
    },

    async replies(parent, below, limit) {
      const parts = await shards.inSegments(listName("replies", parent), ALL_BUCKETS, (shard) =>
        shard
          .select({ id: replies.id })
          .from(replies)
          .where(
            and(eq(replies.parent, parent), below === null ? undefined : lt(replies.id, below)),
          )
          .orderBy(desc(replies.id))
          .limit(limit + 1),
      );
      const rows = parts.flat().sort(newestFirst);
      const items = rows.slice(0, limit).map((row) => row.id);
      return { items, next: rows.length > limit ? (items.at(-1) ?? null) : null };
    },
  };
}
