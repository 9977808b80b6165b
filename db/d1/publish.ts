/** Publishing and deleting posts in D1: each is one batch, together with its jobs. */
import { and, eq, gt, lte, sql } from "drizzle-orm";
import type { Id, UserId } from "../../feed/ids.ts";
import {
  type IdempotencyKey,
  IdTaken,
  type NewPost,
  type Published,
  type PublishStore,
} from "../store.ts";
import { insertJobs } from "./outbox.ts";
import { idempotency, posts, users } from "./schema.ts";
import type { Shard, OwnerShards } from "./shards.ts";

async function replay(
  shards: OwnerShards,
  author: UserId,
  key: IdempotencyKey,
): Promise<Published | null> {
  const rows = await shards.at(author, (shard) =>
    shard
      .select()
      .from(idempotency)
      .where(
        and(
          eq(idempotency.author, author),
          eq(idempotency.key, key.key),
          gt(idempotency.post, key.expireBelow),
        ),
      ),
  );
  const row = rows[0];
  if (row === undefined) return null;
  return row.digest === key.digest
    ? { status: "replayed", post: row.post }
    : { status: "conflict" };
}

/** Whether the row under a post's id is that post. */
async function isStored(
  shards: OwnerShards,
  { id, author, text, replyTo }: NewPost,
): Promise<boolean> {
  const [row] = await shards.at(author, (shard) =>
    shard.select().from(posts).where(eq(posts.id, id)),
  );
  return (
    row?.author === author &&
    row.text === text &&
    row.repostOf === null &&
    row.replyTo === (replyTo?.id ?? null)
  );
}

/** Stores an idempotency key with its post, and deletes the author's expired keys. */
function rememberKey(shard: Shard, author: UserId, post: Id, key: IdempotencyKey) {
  return [
    shard
      .delete(idempotency)
      .where(and(eq(idempotency.author, author), lte(idempotency.post, key.expireBelow))),
    shard.insert(idempotency).values({ author, key: key.key, digest: key.digest, post }),
  ] as const;
}

export function d1Publish(shards: OwnerShards): PublishStore {
  return {
    replay: (author, key) => replay(shards, author, key),

    async publish(post, jobs, key) {
      const row = {
        id: post.id,
        author: post.author,
        text: post.text,
        replyTo: post.replyTo?.id ?? null,
        replyToAuthor: post.replyTo?.author ?? null,
      };
      try {
        await shards.at(post.author, (shard) =>
          shard.batch([
            shard.insert(posts).values(row),
            ...(key === null ? [] : rememberKey(shard, post.author, post.id, key)),
            shard
              .update(users)
              .set({ posts: sql`${users.posts} + 1` })
              .where(eq(users.id, post.author)),
            insertJobs(shard, jobs),
          ]),
        );
        return { status: "published" };
      } catch (error) {
        if (!(error instanceof IdTaken)) throw error;
        // Another request has used the key, a lost answer made this batch run again, or the id is taken.
        const earlier = key === null ? null : await replay(shards, post.author, key);
        const isOwn = earlier?.status === "replayed" && earlier.post === post.id;
        if (earlier !== null && !isOwn) return earlier;
        if (await isStored(shards, post)) return { status: "published" };
        throw error;
      }
    },

    async remove(post, jobs) {
      const there = sql`EXISTS (SELECT 1 FROM posts
        WHERE posts.id = ${post.id} AND posts.author = ${post.author})`;
      const [, , removed] = await shards.at(post.author, (shard) =>
        shard.batch([
          insertJobs(shard, jobs, there),
          shard
            .update(users)
            .set({ posts: sql`${users.posts} - 1` })
            .where(and(eq(users.id, post.author), there)),
          shard
            .delete(posts)
            .where(and(eq(posts.id, post.id), eq(posts.author, post.author)))
            .returning({ id: posts.id }),
        ]),
      );
      return removed.length > 0;
    },
  };
}
