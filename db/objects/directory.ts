/** The directories of handles: an object for each bucket makes the handles of its accounts unique. */
import { and, eq, sql } from "drizzle-orm";
import { bucketOfHandle, type UserId } from "../../feed/ids.ts";
import { inJson, valuesFromJson } from "../d1/json.ts";
import type { Shard } from "../d1/shards.ts";
import type { NewAccount } from "../store.ts";
import { directoryObject, type ObjectShards } from "./object-shards.ts";
import { handles } from "./schema.ts";

/** A handle and the account that holds it. */
type Holder = Pick<NewAccount, "handle" | "id">;

export class Directory {
  readonly #shards: ObjectShards;

  constructor(shards: ObjectShards) {
    this.#shards = shards;
  }

  /** Takes the handles that are free. @returns the account that holds each one now */
  async take(accounts: readonly Holder[]): Promise<Map<string, UserId>> {
    const found = await this.#inEach(accounts, async (shard, group) => {
      const rows = group.map(({ handle, id }) => [handle, id]);
      await shard.run(sql`
        INSERT INTO handles (handle, id) ${valuesFromJson(rows, 2)} WHERE true
        ON CONFLICT DO NOTHING`);
      const names = [...new Set(group.map(({ handle }) => handle))];
      return this.#select(shard, names);
    });
    return new Map(found.flat().map(({ handle, id }) => [handle, id]));
  }

  /** Confirms handles, whose accounts have their rows now. */
  async confirm(accounts: readonly Holder[]): Promise<void> {
    await this.#inEach(accounts, (shard, group) =>
      shard.run(sql`
        UPDATE handles SET confirmed = 1 WHERE (handle, id) IN
          (SELECT value ->> 0, value ->> 1 FROM json_each(${listOf(group)}))`),
    );
  }

  /** Deletes the handles of accounts that could not be written. */
  async release(accounts: readonly Holder[]): Promise<void> {
    await this.#inEach(accounts, (shard, group) =>
      shard.run(sql`
        DELETE FROM handles WHERE confirmed = 0 AND (handle, id) IN
          (SELECT value ->> 0, value ->> 1 FROM json_each(${listOf(group)}))`),
    );
  }

  /** Frees the handle of an account that is gone. */
  async free({ handle, id }: Holder): Promise<void> {
    await this.#shards.in(directoryObject(bucketOfHandle(handle)), (shard) =>
      shard.delete(handles).where(and(eq(handles.handle, handle), eq(handles.id, id))),
    );
  }

  /** Takes a handle over from an account that was never written. @returns whether that was so */
  async takeOver({ handle, id }: Holder, from: UserId): Promise<boolean> {
    const taken = await this.#shards.in(directoryObject(bucketOfHandle(handle)), (shard) =>
      shard
        .update(handles)
        .set({ id })
        .where(and(eq(handles.handle, handle), eq(handles.id, from), eq(handles.confirmed, false))),
    );
    return taken.meta.changes > 0;
  }

  /** The accounts that hold handles; a handle that nobody holds is missing. */
  async holders(names: readonly string[]): Promise<Map<string, UserId>> {
    const found = await this.#shards.byDirectory(
      [...new Set(names)],
      bucketOfHandle,
      (shard, group) => this.#select(shard, group),
    );
    return new Map(found.flat().map(({ handle, id }) => [handle, id]));
  }

  #select(shard: Shard, names: readonly string[]) {
    return shard
      .select({ handle: handles.handle, id: handles.id })
      .from(handles)
      .where(inJson(handles.handle, names));
  }

  #inEach<R>(
    accounts: readonly Holder[],
    work: (shard: Shard, group: Holder[]) => Promise<R>,
  ): Promise<R[]> {
    return this.#shards.byDirectory(accounts, ({ handle }) => bucketOfHandle(handle), work);
  }
}

function listOf(accounts: readonly Holder[]): string {
  return JSON.stringify(accounts.map(({ handle, id }) => [handle, id]));
}
