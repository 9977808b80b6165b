/** Replies in D1, in the shard of their parent. */
import { and, desc, eq, lt, sql } from "drizzle-orm";
import { idBucket, newestFirst } from "../../feed/ids.ts";
import { listName } from "../../feed/lists.ts";
import type { ReplyState, ReplyStore } from "../store.ts";
import { posts, replies } from "./schema.ts";
import { ALL_BUCKETS, type OwnerShards, type Shard } from "./shards.ts";

/** Sets replies in one place, with the counts of their parents. */
async function setInShard(shard: Shard, all: readonly ReplyState[]): Promise<void> {
  const rows = JSON.stringify(
    all.map(({ parent, reply, exists }) => [parent, reply, exists ? 1 : 0]),
  );
  const delta = sql`(
    SELECT r.value ->> 0 AS parent, sum((r.value ->> 2) - EXISTS (
      SELECT 1 FROM replies AS s WHERE s.parent = r.value ->> 0 AND s.id = r.value ->> 1)) AS n
    FROM json_each(${rows}) AS r GROUP BY 1 HAVING n <> 0) AS delta`;
  const count = shard
    .update(posts)
    .set({
      replies: sql`${posts.replies} + delta.n`,
      repliesVersion: sql`${posts.repliesVersion} + 1`,
    })
    .from(delta)
    .where(sql`${posts.id} = delta.parent`);
  const add = shard
    .insert(replies)
    .select(sql`SELECT value ->> 0, value ->> 1 FROM json_each(${rows}) WHERE value ->> 2 = 1`)
    .onConflictDoNothing();
  const remove = shard.delete(replies).where(
    sql`(${replies.parent}, ${replies.id}) IN
      (SELECT value ->> 0, value ->> 1 FROM json_each(${rows}) WHERE value ->> 2 = 0)`,
  );
  const isAdding = all.some(({ exists }) => exists);
  const isRemoving = all.some(({ exists }) => !exists);
  await shard.batch([count, ...(isAdding ? [add] : []), ...(isRemoving ? [remove] : [])]);
}

export function d1Replies(shards: OwnerShards): ReplyStore {
  return {
    async setReplies(all) {
      await shards.byMember(
        all,
        ({ reply, parent }) => ({ list: listName("replies", parent), bucket: idBucket(reply) }),
        setInShard,
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
