/** Likes and reposts in D1. */
import { and, eq, gte, lt, or, type SQL, sql } from "drizzle-orm";
import { idBucket, type PostId } from "../../feed/ids.ts";
import type { Job } from "../../feed/delivery/jobs.ts";
import type { ReplyTally } from "../../feed/counts/tally.ts";
import type { PlaceStore } from "../places/place.ts";
import type { Reaction, ReactionStore } from "../store.ts";
import { inJson, isActive } from "./json.ts";
import { insertJobs } from "./outbox.ts";
import { d1Reactors } from "./reactors.ts";
import { d1Reposts } from "./reposts.ts";
import { posts, reactions, tallies } from "./schema.ts";
import type { Shard, OwnerShards } from "./shards.ts";

/** A reaction as its actor wants it. */
type Change = Omit<Reaction, "version"> & { nowMs: number };

function isReaction(reaction: Pick<Reaction, "actor" | "kind" | "post">) {
  return and(
    eq(reactions.actor, reaction.actor),
    eq(reactions.kind, reaction.kind),
    eq(reactions.post, reaction.post),
  );
}

/** A condition for statements that run before the reaction is written: the write will change it. */
function differs({ actor, kind, post, active, entry }: Change): SQL {
  const stands = sql`EXISTS (SELECT 1 FROM reactions AS r WHERE r.active = 1
    AND r.actor = ${actor} AND r.kind = ${kind} AND r.post = ${post}
    AND (${active ? null : entry} IS NULL OR r.entry = ${entry}))`;
  return active ? sql`NOT ${stands}` : stands;
}

/**
 * The statements of a change, for one batch: its jobs, the entry of a repost, the reaction, and reading it.
 * Each but the last depends on whether the reaction changes, so the reaction comes after the others.
 */
export function writeReaction(shard: Shard, change: Change, jobs: readonly Job[]) {
  const { actor, kind, post, active, entry, nowMs } = change;
  const changes = differs(change);
  return [
    insertJobs(shard, jobs, changes),
    kind === "repost" && active
      ? shard
          .insert(posts)
          .select(
            sql`SELECT ${entry}, ${actor}, '', NULL, NULL, 0, 0, 0, 0, 0, ${post} WHERE ${changes}`,
          )
      : shard
          .delete(posts)
          .where(and(eq(posts.id, entry ?? ""), eq(posts.repostOf, post), changes)),
    shard
      .insert(reactions)
      .select(
        sql`SELECT ${actor}, ${kind}, ${post}, ${nowMs}, ${active ? 1 : 0}, ${entry} WHERE ${changes}`,
      )
      .onConflictDoUpdate({
        target: [reactions.actor, reactions.kind, reactions.post],
        set: {
          active,
          entry: sql`excluded.entry`,
          version: sql`max(${reactions.version} + 1, excluded.version)`,
        },
      }),
    shard.select().from(reactions).where(isReaction(change)),
  ] as const;
}

/** The statement that counts a change in the tally of the actor's bucket, and that reads the tally. */
function writeTally(shard: Shard, change: Change) {
  const { actor, kind, post, active } = change;
  const by = active ? 1 : -1;
  const [likes, reposts] = kind === "like" ? [by, 0] : [0, by];
  const bucket = idBucket(actor);
  return [
    shard
      .insert(tallies)
      .select(sql`SELECT ${post}, ${bucket}, ${likes}, ${reposts}, 1 WHERE ${differs(change)}`)
      .onConflictDoUpdate({
        target: [tallies.post, tallies.bucket],
        set: {
          likes: sql`${tallies.likes} + ${likes}`,
          reposts: sql`${tallies.reposts} + ${reposts}`,
          version: sql`${tallies.version} + 1`,
        },
      }),
    shard
      .select()
      .from(tallies)
      .where(and(eq(tallies.post, post), eq(tallies.bucket, bucket))),
  ] as const;
}

export function d1Reactions(shards: OwnerShards): PlaceStore["reactions"] {
  return {
    ...readReactions(shards),
    ...postCounts(shards),
    ...d1Reactors(shards),
    ...d1Reposts(shards),

    async setReaction(change, jobs) {
      const [, , , written, rows, counted] = await shards.at(change.actor, (shard) => {
        const [job, entry, reaction, read] = writeReaction(shard, change, jobs);
        const [tally, readTally] = writeTally(shard, change);
        return shard.batch([job, tally, entry, reaction, read, readTally]);
      });
      const { nowMs: _, ...wanted } = change;
      return {
        ...(rows[0] ?? { ...wanted, version: 0 }),
        changed: written.meta.changes > 0,
        tally: counted[0] ?? null,
      };
    },

    async tallies(keys) {
      const rows = await shards.byShard(
        keys,
        (key) => key.actor,
        (shard, group) =>
          selectTallies(
            shard,
            group.map(({ post, actor }) => ({ post, bucket: idBucket(actor) })),
          ),
      );
      return rows.flat();
    },
  };
}

/** Reading reactions, from the actors' side. */
export function readReactions(
  shards: OwnerShards,
): Pick<ReactionStore, "reaction" | "reactionsBy" | "reactionsOf"> {
  return {
    async reactionsBy(keys) {
      const rows = await shards.byShard(
        keys,
        (key) => key.actor,
        (shard, group) => {
          const list = JSON.stringify(group.map(({ actor, kind, post }) => [actor, kind, post]));
          return shard
            .select()
            .from(reactions)
            .where(
              sql`(${reactions.actor}, ${reactions.kind}, ${reactions.post}) IN
                (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(${list}))`,
            );
        },
      );
      return rows.flat();
    },

    async reaction(actor, kind, post) {
      const rows = await shards.at(actor, (shard) =>
        shard.select().from(reactions).where(isReaction({ actor, kind, post })),
      );
      return rows[0] ?? null;
    },

    async reactionsOf(actor, some, from) {
      if (some.length === 0 && from === undefined) return [];
      const listed = inJson(reactions.post, some);
      return shards.at(actor, (shard) =>
        shard
          .select()
          .from(reactions)
          .where(
            and(
              eq(reactions.actor, actor),
              inJson(reactions.kind, ["like", "repost"]),
              from === undefined ? listed : or(listed, gte(reactions.post, from)),
              isActive(reactions.active),
            ),
          ),
      );
    },
  };
}

/** How many replies posts have, from the posts' own rows. */
async function replyTalliesOf(
  shards: OwnerShards,
  some: readonly PostId[],
): Promise<Map<PostId, ReplyTally>> {
  const rows = await shards.byShard(
    [...new Set(some)],
    (post) => post,
    (shard, group) =>
      shard
        .select({ id: posts.id, replies: posts.replies, version: posts.repliesVersion })
        .from(posts)
        .where(inJson(posts.id, group)),
  );
  return new Map(rows.flat().map(({ id, ...tally }) => [id, tally]));
}

/** Adds the likes and reposts of new rows to the tallies that exist. */
export const ADD_TO_TALLIES = {
  target: [tallies.post, tallies.bucket],
  set: {
    likes: sql`${tallies.likes} + excluded.likes`,
    reposts: sql`${tallies.reposts} + excluded.reposts`,
    version: sql`${tallies.version} + 1`,
  },
};

/** The tallies of some posts and buckets. */
export function selectTallies(shard: Shard, keys: readonly { post: PostId; bucket: number }[]) {
  const list = JSON.stringify(keys.map(({ post, bucket }) => [post, bucket]));
  return shard
    .select()
    .from(tallies)
    .where(
      sql`(${tallies.post}, ${tallies.bucket}) IN
        (SELECT value ->> 0, value ->> 1 FROM json_each(${list}))`,
    );
}

/** The counts that are stored with posts. */
export function postCounts(
  shards: OwnerShards,
): Pick<ReactionStore, "replyTallies" | "storeCounts"> {
  return {
    replyTallies: (some) => replyTalliesOf(shards, some),

    async storeCounts(post, counts, version) {
      await shards.at(post, (shard) =>
        shard
          .update(posts)
          .set({ likes: counts.likes, reposts: counts.reposts, countsVersion: version })
          .where(and(eq(posts.id, post), lt(posts.countsVersion, version))),
      );
    },
  };
}
