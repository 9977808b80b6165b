/**
 * Accounts in objects: the directory of a bucket makes handles unique, and the account has an object of its own. The
 * steps are take the handle, write the account, confirm the handle; a creation that died in between holds up nobody.
 */
import { eq } from "drizzle-orm";
import { accountRows, activeAccounts, credentialsIn, profileChanges } from "../d1/accounts.ts";
import { users } from "../d1/schema.ts";
import { type AccountStore, IdTaken, type NewAccount } from "../store.ts";
import { Directory } from "./directory.ts";
import type { ObjectShards } from "./object-shards.ts";

export function objectAccounts(shards: ObjectShards): AccountStore {
  const directory = new Directory(shards);
  return {
    create: (account) => create(shards, directory, account),

    async importAll(accounts) {
      const holders = await directory.take(accounts);
      if (accounts.some(({ handle }) => !holders.has(handle))) {
        throw new IdTaken("an imported account was given the owner of another one");
      }
      const isOwn = ({ handle, id }: NewAccount) => holders.get(handle) === id;
      let made = await write(shards, directory, accounts.filter(isOwn));
      const others = accounts.filter((account) => !isOwn(account));
      const held = others.flatMap(({ handle }) => holders.get(handle) ?? []);
      const written = new Set((await accountRows(shards, held)).map(({ id }) => id));
      for (const account of others) {
        if (written.has(holders.get(account.handle) ?? "")) continue;
        if ((await create(shards, directory, account)) === "created") made++;
      }
      return made;
    },

    ...profileChanges(shards),

    async byIds(ids) {
      const rows = await accountRows(shards, ids);
      return new Map(activeAccounts(rows).map((account) => [account.id, account]));
    },

    async byHandles(names) {
      const holders = await directory.holders(names);
      const rows = await accountRows(shards, [...holders.values()]);
      return new Map(activeAccounts(rows).map((account) => [account.handle, account]));
    },

    async credentials(handle) {
      const holders = await directory.holders([handle]);
      return credentialsIn(await accountRows(shards, [...holders.values()]));
    },
  };
}

async function create(
  shards: ObjectShards,
  directory: Directory,
  account: NewAccount,
): Promise<"created" | "handle_taken"> {
  const { handle, id } = account;
  const holder = (await directory.take([account])).get(handle);
  if (holder === undefined) throw new IdTaken(`the id ${id} has another account's owner`);
  if (holder !== id) {
    const isWritten = (await accountRows(shards, [holder])).length > 0;
    if (isWritten || !(await directory.takeOver(account, holder))) return "handle_taken";
  }
  await write(shards, directory, [account]);
  if ((await directory.holders([handle])).get(handle) === id) return "created";
  // Somebody else took the handle over before the row was written.
  await shards.at(id, (shard) => shard.delete(users).where(eq(users.id, id)));
  return "handle_taken";
}

/** Writes accounts that hold their handles, and confirms the handles. @returns how many are new */
async function write(
  shards: ObjectShards,
  directory: Directory,
  accounts: readonly NewAccount[],
): Promise<number> {
  const strangers: NewAccount[] = [];
  const made = await shards.byShard(
    accounts,
    ({ id }) => id,
    async (shard, group) => {
      let changes = 0;
      for (const account of group) {
        const [{ meta }, stored] = await shard.batch([
          shard
            .insert(users)
            .values({ ...account, wokenMs: 0 })
            .onConflictDoNothing(),
          shard.select({ handle: users.handle }).from(users).where(eq(users.id, account.id)),
        ]);
        changes += meta.changes;
        if (stored[0]?.handle !== account.handle) strangers.push(account);
      }
      return changes;
    },
  );
  if (strangers.length > 0) {
    await directory.release(strangers);
    throw new IdTaken("a new account was given the id of another one");
  }
  await directory.confirm(accounts);
  return made.reduce((sum, changes) => sum + changes, 0);
}
