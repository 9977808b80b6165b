/** Imports in D1: posts under their callers' keys, and reactions in bulk. */
import { sql } from "drizzle-orm";
import { idBucket, idOwner } from "../../feed/ids.ts";
import {
  type ImportedPost,
  type ImportedReaction,
  type ImportStore,
  type KeyedPost,
  keySlot,
  LISTED,
  type Reservation,
  RESERVED,
  WRITTEN,
} from "../store/imports.ts";
import type { Job } from "../../feed/delivery/jobs.ts";
import { insertJobs } from "./outbox.ts";
import { ADD_TO_TALLIES } from "./reactions.ts";
import { imported, posts, reactions, tallies, users } from "./schema.ts";
import type { OwnerShards, Shard } from "./shards.ts";

/**
 * @param slots where keys are listed
 * @param counted whether an actor's shard has the tallies of what they react to
 */
export function d1Imports(
  shards: OwnerShards,
  { slots, counted }: { slots: Pick<OwnerShards, "byShard">; counted: boolean },
): ImportStore {
  return {
    ...keyLists(slots),

    async reservePosts(wanted) {
      const found = await shards.byShard(
        wanted,
        ({ author }) => author,
        (shard, group) => reserve(shard, group),
      );
      return found.flat();
    },

    async writePosts(all, jobs) {
      await shards.byShard(
        all,
        ({ author }) => author,
        (shard, group) => {
          const own = new Set(group.map(({ author }) => idOwner(author)));
          const caused = jobs.filter(({ id }) => own.has(idOwner(id)));
          return writeInShard(shard, group, caused);
        },
      );
    },

    async importReactions(news, nowMs) {
      await shards.byShard(
        news,
        ({ actor }) => actor,
        (shard, group) => reactInShard(shard, group, nowMs, counted),
      );
    },
  };
}

function keyLists(
  slots: Pick<OwnerShards, "byShard">,
): Pick<ImportStore, "keysListed" | "listKeys"> {
  const read = (shard: Shard, keys: readonly string[]) => {
    const pairs = JSON.stringify(keys.map((key) => [keySlot(key), key]));
    return shard
      .select({ key: imported.key, post: imported.post })
      .from(imported)
      .where(
        sql`(${imported.owner}, ${imported.key}) IN
          (SELECT value ->> 0, value ->> 1 FROM json_each(${pairs}))`,
      );
  };
  return {
    async keysListed(keys) {
      return (await slots.byShard([...new Set(keys)], keySlot, read)).flat();
    },

    async listKeys(entries) {
      const found = await slots.byShard<KeyedPost, KeyedPost[]>(
        entries,
        ({ key }) => keySlot(key),
        async (shard, group) => {
          const rows = JSON.stringify(group.map(({ key, post }) => [keySlot(key), key, post]));
          const [, listed] = await shard.batch([
            shard
              .insert(imported)
              .select(
                sql`SELECT value ->> 0, value ->> 1, value ->> 2, ${LISTED}
                  FROM json_each(${rows}) WHERE true`,
              )
              .onConflictDoNothing(),
            read(
              shard,
              group.map(({ key }) => key),
            ),
          ]);
          return listed;
        },
      );
      return found.flat();
    },
  };
}

async function reserve(
  shard: Shard,
  wanted: readonly { author: string; key: string; id: string }[],
): Promise<Reservation[]> {
  const rows = JSON.stringify(wanted.map(({ author, key, id }) => [author, key, id]));
  const [, found] = await shard.batch([
    shard
      .insert(imported)
      .select(
        sql`SELECT w.value ->> 0, w.value ->> 1, w.value ->> 2, ${RESERVED}
          FROM json_each(${rows}) AS w
          WHERE NOT EXISTS (SELECT 1 FROM posts AS p WHERE p.id = w.value ->> 2)
            AND NOT EXISTS (
              SELECT 1 FROM imported AS i WHERE i.post = w.value ->> 2 AND i.state < 2)`,
      )
      .onConflictDoNothing(),
    shard
      .select({ key: imported.key, post: imported.post, state: imported.state })
      .from(imported)
      .where(
        sql`(${imported.owner}, ${imported.key}) IN
          (SELECT value ->> 0, value ->> 1 FROM json_each(${rows}))`,
      ),
  ]);
  return found.map(({ key, post, state }) => ({ key, post, written: state === WRITTEN }));
}

async function writeInShard(
  shard: Shard,
  all: readonly ImportedPost[],
  jobs: readonly Job[],
): Promise<void> {
  const rows = JSON.stringify(
    all.map(({ author, key, id, text, replyTo }) => [
      author,
      key,
      id,
      text,
      replyTo?.id ?? null,
      replyTo?.author ?? null,
    ]),
  );
  const fresh = sql`json_each(${rows}) AS r JOIN imported AS i ON i.owner = r.value ->> 0
    AND i.key = r.value ->> 1 AND i.post = r.value ->> 2 AND i.state = ${RESERVED}`;
  await shard.batch([
    insertJobs(shard, jobs),
    shard
      .update(users)
      .set({ posts: sql`${users.posts} + made.n` })
      .from(sql`(SELECT r.value ->> 0 AS author, count(*) AS n FROM ${fresh} GROUP BY 1) AS made`)
      .where(sql`${users.id} = made.author`),
    shard.insert(posts).select(
      sql`SELECT r.value ->> 2, r.value ->> 0, r.value ->> 3, r.value ->> 4, r.value ->> 5,
          0, 0, 0, 0, 0, NULL
        FROM ${fresh}`,
    ),
    shard
      .update(imported)
      .set({ state: WRITTEN })
      .where(
        sql`(${imported.owner}, ${imported.key}) IN
          (SELECT value ->> 0, value ->> 1 FROM json_each(${rows})) AND ${imported.state} = ${RESERVED}`,
      ),
  ]);
}

async function reactInShard(
  shard: Shard,
  news: readonly ImportedReaction[],
  nowMs: number,
  counted: boolean,
): Promise<void> {
  const rows = JSON.stringify(
    news.map(({ actor, kind, post, entry }) => [actor, kind, post, entry, idBucket(actor)]),
  );
  // The entry of a repost that this call has not written is somebody else's.
  const fresh = sql`json_each(${rows}) AS n
    WHERE NOT EXISTS (SELECT 1 FROM reactions AS r WHERE r.actor = n.value ->> 0
      AND r.kind = n.value ->> 1 AND r.post = n.value ->> 2)
    AND (n.value ->> 3 IS NULL OR (
      NOT EXISTS (SELECT 1 FROM posts AS p WHERE p.id = n.value ->> 3)
      AND NOT EXISTS (SELECT 1 FROM imported AS i WHERE i.post = n.value ->> 3 AND i.state < 2)))`;
  const by = (kind: string) => sql`sum((n.value ->> 1) = ${kind})`;
  const count = shard
    .insert(tallies)
    .select(
      sql`SELECT n.value ->> 2, n.value ->> 4, ${by("like")}, ${by("repost")}, 1
        FROM ${fresh} GROUP BY 1, 2`,
    )
    .onConflictDoUpdate(ADD_TO_TALLIES);
  await shard.batch([
    insertJobs(shard, [
      ...new Map(
        news.flatMap(({ jobs }) => jobs.map((job) => [`${job.id} ${job.part}`, job])),
      ).values(),
    ]),
    ...(counted ? [count] : []),
    // Entries first: the next statement finds them by the reactions that are still missing.
    shard.insert(posts).select(
      sql`SELECT n.value ->> 3, n.value ->> 0, '', NULL, NULL, 0, 0, 0, 0, 0, n.value ->> 2
        FROM ${fresh} AND n.value ->> 3 IS NOT NULL`,
    ),
    shard.insert(reactions).select(
      sql`SELECT n.value ->> 0, n.value ->> 1, n.value ->> 2, ${nowMs}, 1, n.value ->> 3
        FROM json_each(${rows}) AS n
        WHERE NOT EXISTS (SELECT 1 FROM reactions AS r WHERE r.actor = n.value ->> 0
          AND r.kind = n.value ->> 1 AND r.post = n.value ->> 2)
        AND (n.value ->> 3 IS NULL OR EXISTS (
          SELECT 1 FROM posts AS p WHERE p.id = n.value ->> 3 AND p.repost_of = n.value ->> 2
            AND p.author = n.value ->> 0))`,
    ),
  ]);
}
