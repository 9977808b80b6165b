/** New ids. */
import QuickLRU from "quick-lru";
import { ID_SERIAL_RANGE, type Id, idOfOwner, idOwner, makeId } from "../feed/ids.ts";
import { ID_OWNERS_REMEMBERED } from "../feed/limits.ts";

/** Makes ids. */
export interface NewIds {
  /**
   * Makes an id of something that the account with this id owns. An isolate makes no
   * id twice. Two isolates can make the same id in the same millisecond, so `drawIds` must store it.
   */
  readonly newId: (owner: Id) => Id;
  /** Makes an id for a new account of a bucket, or for something that no account owns. */
  readonly drawId: (bucket: number) => Id;
}

/** @param nowMs the clock, in milliseconds since 1970 */
export function newIds(nowMs: () => number): NewIds {
  const lastMs = new QuickLRU<string, number>({ maxSize: ID_OWNERS_REMEMBERED });
  return {
    newId(owner) {
      const ms = Math.max(nowMs(), (lastMs.get(idOwner(owner)) ?? 0) + 1);
      lastMs.set(idOwner(owner), ms);
      return idOfOwner(owner, ms);
    },
    drawId(bucket) {
      const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
      return makeId(nowMs(), bucket, random % ID_SERIAL_RANGE);
    },
  };
}
