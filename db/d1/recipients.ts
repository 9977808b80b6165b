/** The recipients of fan-out in D1: followers whose timelines are awake. */
import { and, asc, eq, gt, sql } from "drizzle-orm";
import { idBucket, type UserId } from "../../feed/ids.ts";
import { listName } from "../../feed/lists.ts";
import type { BucketRange } from "../../feed/delivery/jobs.ts";
import type { PlaceStore } from "../places/place.ts";
import { inJson, isActive } from "./json.ts";
import { followers, users } from "./schema.ts";
import { followerIn, type OwnerShards, type Shard } from "./shards.ts";

/** Awake followers in a range of buckets, in order of bucket and id. */
function selectRecipients(
  shard: Shard,
  author: UserId,
  [from, to]: BucketRange,
  after: UserId | null,
) {
  const position =
    after === null
      ? sql`${followers.bucket} >= ${from}`
      : sql`(${followers.bucket}, ${followers.follower}) > (${idBucket(after)}, ${after})`;
  return shard
    .select({ id: followers.follower, awakeMs: followers.awakeMs })
    .from(followers)
    .where(
      and(
        eq(followers.author, author),
        position,
        sql`${followers.bucket} <= ${to}`,
        isActive(followers.active),
        gt(followers.awakeMs, 0),
      ),
    )
    .orderBy(asc(followers.bucket), asc(followers.follower));
}

type Recipients = Pick<
  PlaceStore["graph"],
  "recipients" | "withAwakeFollowers" | "markDormant" | "wakeAccount" | "wakeEdges" | "woken"
>;

/** Those of some accounts that have an awake follower. */
async function withAwake(shards: OwnerShards, authors: readonly UserId[]): Promise<Set<UserId>> {
  const found = await shards.byShard(
    authors,
    (author) => author,
    (shard, group) =>
      shard.all<{ id: UserId }>(sql`
        SELECT value AS id FROM json_each(${JSON.stringify(group)}) WHERE EXISTS (
          SELECT 1 FROM followers AS f
          WHERE f.author = value AND f.active = 1 AND f.awake_ms > 0)`),
  );
  return new Set(found.flat().map(({ id }) => id));
}

export function d1Recipients(shards: OwnerShards): Recipients {
  return {
    async recipients(author, [from, to], after, limit) {
      const range: BucketRange = [after === null ? from : idBucket(after), to];
      const list = listName("followers", author);
      return shards.firstInSegments(list, range, limit, (shard, left) =>
        selectRecipients(shard, author, range, after).limit(left),
      );
    },

    withAwakeFollowers: (authors) => withAwake(shards, authors),

    async markDormant(author, recipients) {
      await shards.byMember(
        recipients,
        ({ id }) => followerIn(author, id),
        (shard, group) => {
          const seen = JSON.stringify(group.map((r) => [idBucket(r.id), r.id, r.awakeMs]));
          return shard.run(sql`
            UPDATE followers SET awake_ms = 0
            FROM json_each(${seen}) AS seen
            WHERE followers.author = ${author} AND followers.bucket = seen.value ->> 0
              AND followers.follower = seen.value ->> 1
              AND followers.awake_ms = seen.value ->> 2`);
        },
      );
    },

    async wakeAccount(user, nowMs) {
      const rows = await shards.at(user, (shard) =>
        shard
          .update(users)
          .set({ wokenMs: nowMs })
          .where(and(eq(users.id, user), eq(users.state, "active")))
          .returning({ id: users.id }),
      );
      return rows.length > 0;
    },

    async wakeEdges(user, followees, nowMs) {
      await shards.byMember(
        followees,
        (followee) => followerIn(followee, user),
        (shard, group) =>
          shard
            .update(followers)
            .set({ awakeMs: sql`max(${followers.awakeMs} + 1, ${nowMs})` })
            .where(
              and(
                inJson(followers.author, group),
                eq(followers.bucket, idBucket(user)),
                eq(followers.follower, user),
              ),
            ),
      );
    },

    async woken(ids) {
      const rows = await shards.byShard(
        ids,
        (id) => id,
        (shard, group) =>
          shard
            .select({ id: users.id })
            .from(users)
            .where(and(inJson(users.id, group), gt(users.wokenMs, 0))),
      );
      return new Set(rows.flat().map((row) => row.id));
    },
  };
}
