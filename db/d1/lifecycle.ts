/** The states of accounts, and what an account owns, in D1. */
import { and, asc, desc, eq, gt, lt, type SQL, sql } from "drizzle-orm";
import { bucketOfHandle, charsOfBucket, type Id, idBucket, makeId } from "../../feed/ids.ts";
import { listName } from "../../feed/lists.ts";
import type { DeadLetter, LifecycleStore, Page, StateChange } from "../store.ts";
import { accountRows, toAccount, type UserRow } from "./accounts.ts";
import { isActive } from "./json.ts";
import { insertJobs, isWaiting } from "./outbox.ts";
import { deadLetters, posts, reactions, sessions, users } from "./schema.ts";
import { ALL_BUCKETS, type OwnerShards, type Shard } from "./shards.ts";

/** What `gone` leaves of an account's row. */
const FORGOTTEN = {
  name: "",
  bio: "",
  avatarUrl: null,
  passwordHash: null,
  followers: 0,
  following: 0,
  posts: 0,
};

export function d1Lifecycle(shards: OwnerShards): LifecycleStore {
  return {
    async inAnyState(ids) {
      const rows = await accountRows(shards, ids);
      return new Map(rows.map((row) => [row.id, toStated(row)]));
    },

    async holder(handle) {
      const rows = await shards.at(makeId(0, bucketOfHandle(handle), 0), (shard) =>
        shard.select({ id: users.id }).from(users).where(eq(users.handle, handle)),
      );
      return rows[0]?.id ?? null;
    },

    async setState(change, jobs) {
      const [job] = jobs;
      if (job === undefined) throw new RangeError("a change of state has a job");
      const { id, to: state, version: stateVersion } = change;
      const [, , rows] = await shards.at(id, (shard) =>
        shard.batch([
          insertJobs(shard, jobs, stands(change)),
          shard
            .update(users)
            .set({ state, stateVersion, ...(state === "gone" ? FORGOTTEN : {}) })
            .where(and(eq(users.id, id), eq(users.stateVersion, change.from))),
          shard
            .select({ changed: isWaiting(job), version: users.stateVersion })
            .from(users)
            .where(eq(users.id, id)),
        ]),
      );
      // A call that is repeated because its answer was lost finds its own job.
      return rows[0]?.changed === 1 && rows[0].version === stateVersion;
    },

    async free(id) {
      await shards.at(id, (shard) =>
        shard.delete(users).where(and(eq(users.id, id), eq(users.state, "gone"))),
      );
    },

    ...ownRows(shards),
    letters: (id, after, limit) => shards.at(id, (shard) => lettersOf(shard, id, after, limit)),
    dropSessions: async (id) => {
      await shards.at(id, (shard) => shard.delete(sessions).where(eq(sessions.account, id)));
    },
    dropRows: (id, limit) => dropRows(shards, id, limit),
  };
}

/** A condition: an account's state has the version that a change starts from. */
function stands({ id, from }: StateChange): SQL {
  return sql`EXISTS (SELECT 1 FROM users AS u WHERE u.id = ${id} AND u.state_version = ${from})`;
}

function toStated(row: UserRow) {
  return { ...toAccount(row), state: row.state, stateVersion: row.stateVersion };
}

function ownRows(
  shards: OwnerShards,
): Pick<LifecycleStore, "ownPosts" | "ownReactions" | "dropReactions"> {
  return {
    async ownPosts(author, below, limit) {
      const older = below === null ? undefined : lt(posts.id, below);
      const rows = await shards.at(author, (shard) =>
        shard
          .select()
          .from(posts)
          .where(and(eq(posts.author, author), older))
          .orderBy(desc(posts.id))
          .limit(limit),
      );
      return rows.map(
        ({ id, text, replyTo, replyToAuthor, repostOf, likes, reposts, replies }) => ({
          id,
          text,
          replyTo:
            replyTo === null || replyToAuthor === null
              ? null
              : { id: replyTo, author: replyToAuthor },
          repostOf,
          likes,
          reposts,
          replies,
        }),
      );
    },

    async ownReactions(actor, after, limit) {
      const [kind = "", post = ""] = after?.split(":") ?? [];
      const rows = await shards.at(actor, (shard) =>
        shard
          .select()
          .from(reactions)
          .where(
            and(
              eq(reactions.actor, actor),
              sql`(${reactions.kind}, ${reactions.post}) > (${kind}, ${post})`,
              isActive(reactions.active),
            ),
          )
          .orderBy(reactions.kind, reactions.post)
          .limit(limit),
      );
      const last = rows.length < limit ? undefined : rows.at(-1);
      return { items: rows, next: last === undefined ? null : `${last.kind}:${last.post}` };
    },

    async dropReactions(actor, keys) {
      const list = JSON.stringify(keys.map(({ kind, post }) => [kind, post]));
      await shards.at(actor, (shard) =>
        shard.run(sql`
          DELETE FROM reactions WHERE actor = ${actor} AND active = 0
            AND (kind, post) IN (SELECT value ->> 0, value ->> 1 FROM json_each(${list}))`),
      );
    },
  };
}

/** Dead letters with the bucket of an id. */
export async function lettersOf(
  shard: Shard,
  id: Id,
  after: Id | null,
  limit: number,
): Promise<Page<DeadLetter, Id>> {
  const rows = await shard
    .select()
    .from(deadLetters)
    .where(
      and(
        gt(deadLetters.id, after ?? ""),
        eq(sql`substr(${deadLetters.id}, 10, 2)`, charsOfBucket(idBucket(id))),
      ),
    )
    .orderBy(asc(deadLetters.id))
    .limit(limit);
  const last = rows.length < limit ? undefined : rows.at(-1);
  const items = rows.map((row) => ({ ...row, body: JSON.parse(row.body) as unknown }));
  return { items, next: last?.id ?? null };
}

/** The tables with rows that an account leaves: their column with its id, and the rest of their keys. */
const LEFT = [
  { table: "following", owner: "follower", key: "followee", ended: "active = 0" },
  { table: "relations", owner: "actor", key: "kind, target", ended: "active = 0" },
  { table: "idempotency", owner: "author", key: "key", ended: "true" },
  { table: "imported", owner: "owner", key: "key", ended: "true" },
] as const;
const FOLLOWERS = {
  table: "followers",
  owner: "author",
  key: "bucket, follower",
  ended: "active = 0",
} as const;

function dropSome(of: (typeof LEFT)[number] | typeof FOLLOWERS, id: string, limit: number): SQL {
  const [table, owner, key, ended] = [of.table, of.owner, of.key, of.ended].map((text) =>
    sql.raw(text),
  );
  return sql`DELETE FROM ${table} WHERE ${owner} = ${id} AND (${key}) IN
    (SELECT ${key} FROM ${table} WHERE ${owner} = ${id} AND ${ended} LIMIT ${limit}) RETURNING 1 AS gone`;
}

async function dropRows(shards: OwnerShards, id: string, limit: number): Promise<boolean> {
  const counts = await Promise.all(
    LEFT.map(async (of) => {
      const gone = await shards.at(id, (shard) => shard.all(dropSome(of, id, limit)));
      return gone.length;
    }),
  );
  const inSegments = await shards.inSegments(
    listName("followers", id),
    ALL_BUCKETS,
    async (shard) => {
      const gone = await shard.all(dropSome(FOLLOWERS, id, limit));
      return gone.length;
    },
  );
  return [...counts, ...inSegments].some((count) => count >= limit);
}
