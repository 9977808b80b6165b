/**
 * Accounts in objects: the directory of a bucket makes handles unique, and the account has an object of its
 * own. The steps are take the handle, write the account, confirm the handle; a creation that died in between
 * holds up nobody.
 */
import { and, eq, sql } from "drizzle-orm";
import { bucketOfHandle, type UserId } from "../../feed/ids.ts";
import { toAccount } from "../d1/accounts.ts";
import { inJson, valuesFromJson } from "../d1/json.ts";
import { users } from "../d1/schema.ts";
import { type AccountStore, IdTaken, type NewAccount } from "../store.ts";
import { directoryObject, type ObjectShards } from "./object-shards.ts";
import { handles } from "./schema.ts";

type UserRow = typeof users.$inferSelect;

export function objectAccounts(shards: ObjectShards): AccountStore {
  /** Takes handles that are free. @returns the account that holds each one now */
  async function take(accounts: readonly NewAccount[]): Promise<Map<string, UserId>> {
    const found = await shards.byDirectory(
      accounts,
      ({ handle }) => bucketOfHandle(handle),
      async (shard, group) => {
        const rows = group.map(({ handle, id }) => [handle, id]);
        const names = [...new Set(group.map(({ handle }) => handle))];
        await shard.run(sql`
          INSERT INTO handles (handle, id) ${valuesFromJson(rows, 2)} WHERE true
          ON CONFLICT DO NOTHING`);
        const holders = await shard
          .select({ handle: handles.handle, id: handles.id })
          .from(handles)
          .where(inJson(handles.handle, names));
        return holders;
      },
    );
    return new Map(found.flat().map(({ handle, id }) => [handle, id]));
  }

  /** Frees handles that are taken for accounts which can't be written. */
  async function release(accounts: readonly NewAccount[]): Promise<void> {
    await shards.byDirectory(
      accounts,
      ({ handle }) => bucketOfHandle(handle),
      async (shard, group) => {
        const list = JSON.stringify(group.map(({ handle, id }) => [handle, id]));
        await shard.run(sql`
          DELETE FROM handles WHERE confirmed = 0 AND (handle, id) IN
            (SELECT value ->> 0, value ->> 1 FROM json_each(${list}))`);
      },
    );
  }

  /** Writes accounts whose handles are taken for them, and confirms the handles. @returns the new ones */
  async function write(accounts: readonly NewAccount[]): Promise<NewAccount[]> {
    const strangers: NewAccount[] = [];
    const written = await shards.byShard(
      accounts,
      ({ id }) => id,
      async (shard, group) => {
        const made: NewAccount[] = [];
        for (const account of group) {
          const row = { ...account, wokenMs: 0 };
          const [{ meta }, stored] = await shard.batch([
            shard.insert(users).values(row).onConflictDoNothing(),
            shard.select({ handle: users.handle }).from(users).where(eq(users.id, account.id)),
          ]);
          if (meta.changes > 0) made.push(account);
          else if (stored[0]?.handle !== account.handle) strangers.push(account);
        }
        return made;
      },
    );
    if (strangers.length > 0) {
      await release(strangers);
      throw new IdTaken("a new account was given the id of another one");
    }
    await shards.byDirectory(
      accounts,
      ({ handle }) => bucketOfHandle(handle),
      async (shard, group) => {
        const list = JSON.stringify(group.map(({ handle, id }) => [handle, id]));
        await shard.run(sql`
          UPDATE handles SET confirmed = 1 WHERE (handle, id) IN
            (SELECT value ->> 0, value ->> 1 FROM json_each(${list}))`);
      },
    );
    return written.flat();
  }

  async function holderOf(handle: string) {
    const rows = await shards.in(directoryObject(bucketOfHandle(handle)), (shard) =>
      shard.select().from(handles).where(eq(handles.handle, handle)),
    );
    return rows[0];
  }

  /** Takes a handle over from an account that was never written. @returns whether that was so */
  async function takeOver(account: NewAccount, holder: UserId): Promise<boolean> {
    const { handle, id } = account;
    const taken = await shards.in(directoryObject(bucketOfHandle(handle)), (shard) =>
      shard
        .update(handles)
        .set({ id })
        .where(
          and(eq(handles.handle, handle), eq(handles.id, holder), eq(handles.confirmed, false)),
        ),
    );
    return taken.meta.changes > 0;
  }

  async function rowsOf(ids: readonly UserId[]): Promise<UserRow[]> {
    const rows = await shards.byShard(
      [...new Set(ids)],
      (id) => id,
      (shard, group) => shard.select().from(users).where(inJson(users.id, group)),
    );
    return rows.flat();
  }

  /** The rows of the accounts that hold handles. */
  async function rowsByHandle(names: readonly string[]): Promise<UserRow[]> {
    const found = await shards.byDirectory([...new Set(names)], bucketOfHandle, (shard, group) =>
      shard.select({ id: handles.id }).from(handles).where(inJson(handles.handle, group)),
    );
    return rowsOf(found.flat().map(({ id }) => id));
  }

  async function create(account: NewAccount): Promise<"created" | "handle_taken"> {
    const { handle, id } = account;
    const holder = (await take([account])).get(handle);
    if (holder === undefined) throw new IdTaken(`the id ${id} has another account's owner`);
    if (holder !== id) {
      const isWritten = (await rowsOf([holder])).length > 0;
      if (isWritten || !(await takeOver(account, holder))) return "handle_taken";
    }
    await write([account]);
    if ((await holderOf(handle))?.id === id) return "created";
    // Somebody else took the handle over before the row was written.
    await shards.at(id, (shard) => shard.delete(users).where(eq(users.id, id)));
    return "handle_taken";
  }

  return {
    create,

    async importAll(accounts) {
      const holders = await take(accounts);
      if (accounts.some(({ handle }) => !holders.has(handle))) {
        throw new IdTaken("an imported account was given the owner of another one");
      }
      const own = accounts.filter(({ handle, id }) => holders.get(handle) === id);
      const made = await write(own);
      const others = accounts.filter(({ handle, id }) => holders.get(handle) !== id);
      const ids = others.flatMap(({ handle }) => holders.get(handle) ?? []);
      const written = new Set((await rowsOf(ids)).map((row) => row.id));
      let taken = 0;
      for (const account of others) {
        if (written.has(holders.get(account.handle) ?? "")) continue;
        if ((await create(account)) === "created") taken++;
      }
      return made.length + taken;
    },

    async byIds(ids) {
      return new Map((await rowsOf(ids)).map((row) => [row.id, toAccount(row)]));
    },

    async byHandles(names) {
      return new Map((await rowsByHandle(names)).map((row) => [row.handle, toAccount(row)]));
    },

    async credentials(handle) {
      const [row] = await rowsByHandle([handle]);
      return row === undefined ? null : { account: toAccount(row), passwordHash: row.passwordHash };
    },
  };
}
