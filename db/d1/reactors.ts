/** The posts' side of reactions in D1, which lists the reposts of a post in the post's own shard. */
import { and, asc, eq, gt, isNotNull, type SQL, sql } from "drizzle-orm";
import { idBucket, type PostId, type UserId } from "../../feed/ids.ts";
import { listName } from "../../feed/lists.ts";
import type { PlaceStore } from "../places/place.ts";
import type { Reaction, RepostRow } from "../store.ts";
import { inJson, isActive } from "./json.ts";
import { insertJobs } from "./outbox.ts";
import { posts, reactors } from "./schema.ts";
import { ALL_BUCKETS, type Member, type OwnerShards, type Shard } from "./shards.ts";

/**
 * @param gone the statement that takes reposts off the posts' side. One of another version is another repost, whose
 * own job erases it.
 */
export function d1Reactors(
  shards: OwnerShards,
  gone = deleteReposts,
): Pick<
  PlaceStore["reactions"],
  "applyReactions" | "repostsOf" | "eraseEntries" | "forgetReposts"
> {
  return {
    async applyReactions(reactions) {
      await shards.byMember(
        reactions.filter(({ kind }) => kind === "repost"),
        ({ post, actor }) => reactorIn(post, actor),
        (shard, group) => insertReactors(shard, group),
      );
    },

    async repostsOf(post, after, limit) {
      const parts = await shards.inSegments(listName("reactors", post), ALL_BUCKETS, (shard) =>
        shard
          .select({ id: reactors.entry, author: reactors.actor, version: reactors.version })
          .from(reactors)
          .where(
            and(
              eq(reactors.post, post),
              eq(reactors.kind, "repost"),
              gt(reactors.actor, after ?? ""),
              isActive(reactors.active),
              isNotNull(reactors.entry),
            ),
          )
          .orderBy(asc(reactors.actor))
          .limit(limit),
      );
      const rows = parts.flat();
      // One part is in order already.
      if (parts.length > 1) rows.sort((a, b) => (a.author < b.author ? -1 : 1));
      return rows.slice(0, limit).map(({ id, ...row }) => ({ ...row, id: id ?? "" }));
    },

    async eraseEntries(reposts, jobs) {
      await shards.byShard(
        reposts,
        (repost) => repost.author,
        (shard, group) => {
          const own = new Set(group.map((repost) => repost.author));
          const caused = jobs.filter((job) => job.kind === "fanout" && own.has(job.author));
          const ids = group.map((repost) => repost.id);
          return shard.batch([
            insertJobs(shard, caused),
            shard.delete(posts).where(and(inJson(posts.id, ids), sql`repost_of IS NOT NULL`)),
          ]);
        },
      );
    },

    async forgetReposts(post, reposts) {
      await shards.byMember(
        reposts,
        ({ author }) => reactorIn(post, author),
        (shard, group) => shard.run(gone(areReposts(post, group))),
      );
    },
  };
}

function deleteReposts(are: SQL): SQL {
  return sql`DELETE FROM reactors WHERE ${are}`;
}

function areReposts(post: PostId, reposts: readonly RepostRow[]): SQL {
  const rows = JSON.stringify(reposts.map(({ author, version }) => [author, version]));
  return sql`post = ${post} AND kind = 'repost'
    AND (actor, version) IN (SELECT value ->> 0, value ->> 1 FROM json_each(${rows}))`;
}

/** Who reacts to a post, as a member of the list of its reactors. */
export function reactorIn(post: PostId, actor: UserId): Member {
  return { list: listName("reactors", post), bucket: idBucket(actor) };
}

/** The values of a reactor's row, in the order of its columns. */
export function reactorRow({ post, kind, actor, version, active, entry }: Reaction) {
  return [post, kind, actor, version, active ? 1 : 0, entry] as const;
}

/** The statement that writes the posts' side of reactions; an older version changes nothing. */
export function insertReactors(shard: Shard, news: readonly Reaction[]) {
  const rows = news.map(reactorRow);
  return shard
    .insert(reactors)
    .select(
      sql`SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
        FROM json_each(${JSON.stringify(rows)}) WHERE true`,
    )
    .onConflictDoUpdate({
      target: [reactors.post, reactors.kind, reactors.actor],
      set: {
        version: sql`excluded.version`,
        active: sql`excluded.active`,
        entry: sql`excluded.entry`,
      },
      setWhere: sql`excluded.version > ${reactors.version}`,
    });
}
