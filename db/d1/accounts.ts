/** Accounts in D1. */
import { and, eq, type InferSelectModel, sql } from "drizzle-orm";
import { bucketOfHandle, makeId, type UserId } from "../../feed/ids.ts";
import { type Account, type AccountStore, IdTaken, type NewAccount } from "../store.ts";
import { inJson, valuesFromJson } from "./json.ts";
import { insertJobs } from "./outbox.ts";
import { users } from "./schema.ts";
import type { OwnerShards, Shard } from "./shards.ts";

/** An account as a shard stores it. */
export type UserRow = InferSelectModel<typeof users>;

/** An account from its row. */
export function toAccount(row: UserRow): Account {
  return {
    id: row.id,
    handle: row.handle,
    name: row.name,
    counts: { followers: row.followers, following: row.following, posts: row.posts },
    epoch: row.epoch,
    migrating: row.migrating,
    bio: row.bio,
    avatarUrl: row.avatarUrl,
    profileVersion: row.profileVersion,
  };
}

/** The active accounts among rows. */
export function activeAccounts(rows: readonly UserRow[]): Account[] {
  return rows.filter(({ state }) => state === "active").map(toAccount);
}

/** The rows of the accounts that exist, whatever their states, by their ids. */
export async function accountRows(shards: OwnerShards, ids: readonly UserId[]): Promise<UserRow[]> {
  const rows = await shards.byShard(
    [...new Set(ids)],
    (id) => id,
    (shard, group) => shard.select().from(users).where(inJson(users.id, group)),
  );
  return rows.flat();
}

/** The credentials of the active account that is the only row. */
export function credentialsIn([row]: readonly UserRow[]) {
  if (row?.state !== "active") return null;
  return { account: toAccount(row), passwordHash: row.passwordHash };
}

/** Some id with the bucket of a handle, which is all that finding the handle's shard takes. */
function shardKey(handle: string): UserId {
  return makeId(0, bucketOfHandle(handle), 0);
}

/** Checks that accounts exist, by their handles: one that does not was given a taken id. */
async function refuseMissing(shard: Shard, accounts: readonly NewAccount[]): Promise<void> {
  const handles = new Set(accounts.map(({ handle }) => handle));
  const rows = await shard
    .select({ id: users.id })
    .from(users)
    .where(inJson(users.handle, [...handles]));
  if (rows.length < handles.size) {
    throw new IdTaken("an imported account was given the id of another one");
  }
}

/** Changes of profiles; an account's row and its jobs are in one shard. */
export function profileChanges(shards: OwnerShards): Pick<AccountStore, "setProfile"> {
  return {
    async setProfile(user, { profile, from, to }, jobs) {
      const isFrom = sql`EXISTS (SELECT 1 FROM users AS u
        WHERE u.id = ${user} AND u.profile_version = ${from})`;
      const [, , rows] = await shards.at(user, (shard) =>
        shard.batch([
          insertJobs(shard, jobs, isFrom),
          shard
            .update(users)
            .set({ ...profile, profileVersion: to })
            .where(and(eq(users.id, user), eq(users.profileVersion, from))),
          shard.select().from(users).where(eq(users.id, user)),
        ]),
      );
      // A call that is repeated because its answer was lost finds what it wrote.
      const { name, bio, avatarUrl } = profile;
      const row = rows[0];
      return (
        row?.profileVersion === to &&
        row.name === name &&
        row.bio === bio &&
        row.avatarUrl === avatarUrl
      );
    },
  };
}

export function d1Accounts(shards: OwnerShards): AccountStore {
  const insert = (account: NewAccount) => ({ ...account, wokenMs: 0 });
  return {
    async create(account) {
      const holder = await shards.at(account.id, async (shard) => {
        const [, rows] = await shard.batch([
          shard.insert(users).values(insert(account)).onConflictDoNothing(),
          shard.select({ id: users.id }).from(users).where(eq(users.handle, account.handle)),
        ]);
        return rows[0]?.id;
      });
      if (holder === undefined) throw new IdTaken(`the id ${account.id} has another account`);
      return holder === account.id ? "created" : "handle_taken";
    },

    async importAll(accounts) {
      const made = await shards.byShard(
        accounts,
        (account) => account.id,
        async (shard, group) => {
          const rows = group.map(({ id, handle, name, bio = "", avatarUrl = null }) => [
            id,
            handle,
            name,
            bio,
            avatarUrl,
          ]);
          // The platform's count of changes would include notes of a moving bucket.
          const inserted = await shard.all(sql`
            INSERT INTO users (id, handle, name, bio, avatar_url)
            ${valuesFromJson(rows, 5)} WHERE true
            ON CONFLICT DO NOTHING RETURNING 1`);
          const changes = inserted.length;
          if (changes < group.length) await refuseMissing(shard, group);
          return changes;
        },
      );
      return made.reduce((sum, changes) => sum + changes, 0);
    },

    ...profileChanges(shards),

    async byIds(ids) {
      const rows = await accountRows(shards, ids);
      return new Map(activeAccounts(rows).map((account) => [account.id, account]));
    },

    async byHandles(handles) {
      const rows = await shards.byShard([...new Set(handles)], shardKey, (shard, group) =>
        shard.select().from(users).where(inJson(users.handle, group)),
      );
      return new Map(activeAccounts(rows.flat()).map((account) => [account.handle, account]));
    },

    async credentials(handle) {
      const rows = await shards.at(shardKey(handle), (shard) =>
        shard.select().from(users).where(eq(users.handle, handle)),
      );
      return credentialsIn(rows);
    },
  };
}
