/** Follow edges in D1. Each has two sides, and the follower's side decides. */
import { and, eq, type SQL, sql } from "drizzle-orm";
import { idBucket, type UserId } from "../../feed/ids.ts";
import { FOLLOWING_MAX } from "../../feed/limits.ts";
import type { Job } from "../../feed/delivery/jobs.ts";
import type { Edge, EdgeStore } from "../store.ts";
import { insertJobs, isWaiting } from "./outbox.ts";
import { followers, following, users } from "./schema.ts";
import { followerIn, type OwnerShards, type Shard } from "./shards.ts";

/** Statements that write the follower's side of an edge and the follower's count, for one batch. */
export function writeEdge(
  shard: Shard,
  edge: { follower: UserId; followee: UserId; following: boolean; nowMs: number },
  only: SQL = sql`true`,
) {
  const changes = sql`(${differs(edge)} AND ${only})`;
  const version = sql`max(${following.version} + 1, ${edge.nowMs})`;
  return [
    shard
      .update(users)
      .set({ following: sql`${users.following} + ${edge.following ? 1 : -1}` })
      .where(and(eq(users.id, edge.follower), changes)),
    edge.following
      ? shard
          .insert(following)
          .select(sql`SELECT ${edge.follower}, ${edge.followee}, ${edge.nowMs}, 1 WHERE ${changes}`)
          .onConflictDoUpdate({
            target: [following.follower, following.followee],
            set: { active: true, version },
          })
      : shard
          .update(following)
          .set({ active: false, version })
          .where(and(eq(following.active, true), isPair(edge), only)),
  ] as const;
}

/** A condition for statements that run before the edge is written: the write will change it. */
function differs(edge: { follower: UserId; followee: UserId; following: boolean }): SQL {
  const active = sql`EXISTS (SELECT 1 FROM following AS f WHERE f.active = 1
    AND f.follower = ${edge.follower} AND f.followee = ${edge.followee})`;
  const blocked = sql`EXISTS (SELECT 1 FROM relations AS b WHERE b.active = 1
    AND b.kind IN ('block', 'blocked_by')
    AND b.actor = ${edge.follower} AND b.target = ${edge.followee})`;
  return edge.following ? sql`(NOT ${active} AND NOT ${blocked})` : active;
}

/** A condition: the account may follow one more. */
function belowFollowingMax(follower: UserId): SQL {
  return sql`coalesce((SELECT u.following FROM users AS u WHERE u.id = ${follower}), 0)
    < ${FOLLOWING_MAX}`;
}

function pairOf(edge: { follower: UserId; followee: UserId }) {
  return { follower: edge.follower, followee: edge.followee };
}

function isPair(edge: { follower: UserId; followee: UserId }) {
  return and(eq(following.follower, edge.follower), eq(following.followee, edge.followee));
}

/** Adds follows in bulk to one shard, with their jobs, up to the limit. @returns how many are new */
async function importInShard(
  shard: Shard,
  edges: readonly { follower: UserId; followee: UserId }[],
  nowMs: number,
  jobs: readonly Job[],
): Promise<number> {
  const pairs = JSON.stringify(edges.map((edge) => [edge.follower, edge.followee]));
  const unblocked = sql`NOT EXISTS (SELECT 1 FROM relations AS b WHERE b.active = 1
    AND b.kind IN ('block', 'blocked_by')
    AND b.actor = pair.value ->> 0 AND b.target = pair.value ->> 1)`;
  const fresh = sql`(
    SELECT pair.value ->> 0 AS follower, pair.value ->> 1 AS followee,
      row_number() OVER (PARTITION BY pair.value ->> 0 ORDER BY pair.key) AS n
    FROM json_each(${pairs}) AS pair
    WHERE NOT EXISTS (SELECT 1 FROM following AS f WHERE f.active = 1
      AND f.follower = pair.value ->> 0 AND f.followee = pair.value ->> 1)
      AND ${unblocked})`;
  const many = sql`(SELECT follower, max(n) AS n FROM ${fresh} GROUP BY 1) AS many`;
  const [, , written] = await shard.batch([
    insertJobs(shard, jobs),
    shard
      .update(users)
      .set({
        following: sql`${users.following}
          + max(0, min(many.n, ${FOLLOWING_MAX} - ${users.following}))`,
      })
      .from(many)
      .where(sql`${users.id} = many.follower`),
    // The counts are ahead of the rows now: at the limit, by as many as may still be added.
    shard
      .insert(following)
      .select(
        sql`SELECT fresh.follower, fresh.followee, ${nowMs}, 1
          FROM ${fresh} AS fresh JOIN users AS u ON u.id = fresh.follower
          WHERE u.following < ${FOLLOWING_MAX} OR fresh.n <= u.following - (
            SELECT count(*) FROM following AS f WHERE f.follower = u.id AND f.active = 1)`,
      )
      .onConflictDoUpdate({
        target: [following.follower, following.followee],
        set: { active: true, version: sql`max(${following.version} + 1, excluded.version)` },
        setWhere: eq(following.active, false),
      })
      // The platform's count of changes would include notes of a moving bucket.
      .returning({ new: sql`1` }),
  ]);
  return written.length;
}

/** Updates the followees' side of edges in one shard, with the followees' counts. */
async function applyInShard(shard: Shard, edges: readonly Edge[], awakeMs: number): Promise<void> {
  const rows = JSON.stringify(
    edges.map((edge) => [
      edge.followee,
      idBucket(edge.follower),
      edge.follower,
      edge.version,
      edge.following ? 1 : 0,
    ]),
  );
  const delta = sql`(
    SELECT e.value ->> 0 AS author, sum((e.value ->> 4) - coalesce(f.active, 0)) AS n
    FROM json_each(${rows}) AS e LEFT JOIN followers AS f ON f.author = e.value ->> 0
      AND f.bucket = e.value ->> 1 AND f.follower = e.value ->> 2
    WHERE e.value ->> 3 > coalesce(f.version, -1)
    GROUP BY 1 HAVING n <> 0) AS delta`;
  const { awakeMs: known } = followers;
  await shard.batch([
    shard
      .update(users)
      .set({ followers: sql`${users.followers} + delta.n` })
      .from(delta)
      .where(sql`${users.id} = delta.author`),
    shard
      .insert(followers)
      .select(
        sql`SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, ${awakeMs}
          FROM json_each(${rows}) WHERE true`,
      )
      .onConflictDoUpdate({
        target: [followers.author, followers.bucket, followers.follower],
        set: {
          version: sql`excluded.version`,
          active: sql`excluded.active`,
          awakeMs: sql`max(${known} + (excluded.awake_ms > 0), excluded.awake_ms)`,
        },
        setWhere: sql`excluded.version > ${followers.version}`,
      }),
  ]);
}

export function d1Edges(shards: OwnerShards): EdgeStore {
  return {
    async setEdge(edge, job) {
      const mayFollow = edge.following ? belowFollowingMax(edge.follower) : sql`true`;
      const [, , , rows] = await shards.at(edge.follower, (shard) =>
        shard.batch([
          insertJobs(shard, [job], sql`${differs(edge)} AND ${mayFollow}`),
          // The job is there if the edge may be written: the next statement changes the count.
          ...writeEdge(shard, edge, isWaiting(job)),
          shard
            .select({
              version: following.version,
              active: following.active,
              changed: isWaiting(job),
            })
            .from(following)
            .where(isPair(edge)),
        ]),
      );
      const row = rows[0];
      return {
        ...pairOf(edge),
        version: row?.version ?? 0,
        following: row?.active ?? false,
        changed: row?.changed === 1,
      };
    },

    async importEdges(edges, nowMs, jobs) {
      const groups = await shards.byShard(
        edges,
        (edge) => edge.follower,
        (shard, group) => {
          const own = new Set(group.map((edge) => edge.follower));
          const caused = jobs.filter((job) => job.kind === "edges" && own.has(job.follower));
          return importInShard(shard, group, nowMs, caused);
        },
      );
      return groups.reduce((sum, n) => sum + n, 0);
    },

    async edges(pairs) {
      const rows = await shards.byShard(
        pairs,
        (pair) => pair.follower,
        (shard, group) => {
          const list = JSON.stringify(group.map((pair) => [pair.follower, pair.followee]));
          return shard
            .select()
            .from(following)
            .where(
              sql`(${following.follower}, ${following.followee}) IN
                (SELECT value ->> 0, value ->> 1 FROM json_each(${list}))`,
            );
        },
      );
      return rows.flat().map((row) => ({
        follower: row.follower,
        followee: row.followee,
        version: row.version,
        following: row.active,
      }));
    },

    async applyEdges(edges, awakeMs) {
      await shards.byMember(
        edges,
        (edge) => followerIn(edge.followee, edge.follower),
        (shard, group) => applyInShard(shard, group, awakeMs),
      );
    },
  };
}
