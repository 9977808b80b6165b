/** The states of accounts in objects: as in D1, but a directory holds the handle. */
import { idBucket } from "../../feed/ids.ts";
import { d1Lifecycle, lettersOf } from "../d1/lifecycle.ts";
import type { LifecycleStore } from "../store.ts";
import { Directory } from "./directory.ts";
import { directoryObject, type ObjectShards } from "./object-shards.ts";

export function objectLifecycle(shards: ObjectShards): LifecycleStore {
  const directory = new Directory(shards);
  const rows = d1Lifecycle(shards);
  return {
    ...rows,

    async holder(handle) {
      return (await directory.holders([handle])).get(handle) ?? null;
    },

    letters: (id, after, limit) =>
      shards.in(directoryObject(idBucket(id)), (shard) => lettersOf(shard, id, after, limit)),

    async free(id) {
      const account = (await rows.inAnyState([id])).get(id);
      if (account?.state !== "gone") return;
      // The row goes last: it knows the handle, if this dies in between.
      await directory.free(account);
      await rows.free(id);
    },
  };
}
