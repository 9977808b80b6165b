/** The walk through reposts that were written before `reactors` existed, in D1. */
import { eq, sql } from "drizzle-orm";
import type { Id, PostId, UserId } from "../../feed/ids.ts";
import { OLD_REPOSTS_SCAN } from "../../feed/limits.ts";
import type { OldRepostStore } from "../store.ts";
import { walks } from "./schema.ts";
import type { NumberedShards } from "./shards.ts";

const NAME = "reposts";

interface OldRepost {
  id: Id;
  actor: UserId;
  post: PostId;
  version: number;
  active: number;
  entry: Id | null;
}

export function d1OldReposts(shards: NumberedShards): OldRepostStore {
  return {
    async walk(shard) {
      const rows = await shards.inShard(shard, (database) =>
        database.select().from(walks).where(eq(walks.name, NAME)),
      );
      const [row] = rows;
      if (row === undefined) return null;
      return { passes: row.passes, position: row.position, dueMs: row.dueMs };
    },

    async setWalk(shard, walk) {
      await shards.inShard(shard, (database) =>
        database
          .insert(walks)
          .values({ name: NAME, ...walk })
          .onConflictDoUpdate({ target: walks.name, set: walk }),
      );
    },

    async repostsFrom(shard, position, limit) {
      const scanned = sql`SELECT id, author, repost_of FROM posts
        WHERE id > ${position ?? ""} ORDER BY id LIMIT ${OLD_REPOSTS_SCAN}`;
      const [rows, ends] = await shards.inShard(shard, (database) =>
        Promise.all([
          database.all<OldRepost>(sql`
            SELECT p.id, r.actor, r.post, r.version, r.active, r.entry FROM (${scanned}) AS p
            CROSS JOIN reactions AS r
              ON r.actor = p.author AND r.kind = 'repost' AND r.post = p.repost_of
            WHERE p.repost_of IS NOT NULL ORDER BY p.id LIMIT ${limit}`),
          database.all<{ last: Id | null; count: number }>(
            sql`SELECT max(id) AS last, count(*) AS count FROM (${scanned})`,
          ),
        ]),
      );
      const reposts = rows.map(({ actor, post, version, active, entry }) => ({
        actor,
        kind: "repost" as const,
        post,
        version,
        active: active === 1,
        entry,
      }));
      const [end] = ends;
      if (rows.length === limit) return { reposts, next: rows.at(-1)?.id ?? null };
      return { reposts, next: end?.count === OLD_REPOSTS_SCAN ? end.last : null };
    },
  };
}
