/** Accounts in D1. */
import { eq, type InferSelectModel, sql } from "drizzle-orm";
import { bucketOfHandle, makeId, type UserId } from "../../feed/ids.ts";
import { type Account, type AccountStore, IdTaken, type NewAccount } from "../store.ts";
import { inJson, valuesFromJson } from "./json.ts";
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
          const rows = group.map(({ id, handle, name }) => [id, handle, name]);
          // The platform's count of changes would include notes of a moving bucket.
          const inserted = await shard.all(sql`
            INSERT INTO users (id, handle, name)
            ${valuesFromJson(rows, 3)} WHERE true
            ON CONFLICT DO NOTHING RETURNING 1`);
          const changes = inserted.length;
          if (changes < group.length) await refuseMissing(shard, group);
          return changes;
        },
      );
      return made.reduce((sum, changes) => sum + changes, 0);
    },

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
