/** New ids: they name their owner, and no two of one isolate are equal. */
import { expect, it } from "vitest";
import { idBucket, idOwner, idTimeMs } from "../feed/ids.ts";
import { newIds } from "./id-source.ts";

it("ids of one owner carry the owner, and differ though the clock stands still", () => {
  const { newId, drawId } = newIds(() => 1_700_000_000_000);
  const [ada, bob] = [drawId(7), drawId(7)];
  const ids = Array.from({ length: 100 }, () => newId(ada));
  expect(new Set(ids).size).toBe(100);
  expect(ids.every((id) => idOwner(id) === idOwner(ada) && idBucket(id) === 7)).toBe(true);
  expect(ids.toSorted()).toEqual(ids);
  expect(idTimeMs(newId(bob))).toBe(1_700_000_000_000);
});
