import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { idBucket, idCeiling, idFloor, idOfOwner, makeId } from "../../feed/ids.ts";
import { migrateMore, MORE_DATABASES } from "../../test/workerd/moving.ts";
import { d1Training } from "./training.ts";

const T0_MS = 1_800_000_000_000;

it("a page's reports are found beside it after databases were added, and so are later ones", async () => {
  await migrateMore();
  const viewer = makeId(T0_MS, 3, 7);
  const at = (ms: number) => idOfOwner(viewer, T0_MS + ms);
  const two = d1Training([env.DB_0, env.DB_1]);
  await two.storePage({ id: at(1), viewer, line: "{}" });
  await two.storeImpressions(at(2), viewer, [{ postId: at(0), dwellMs: 2 }]);
  const three = d1Training([env.DB_0, env.DB_1, MORE_DATABASES.DB_2]);
  expect(idBucket(viewer) % 3).not.toBe(idBucket(viewer) % 2);
  await three.storeImpressions(at(3), viewer, [{ postId: at(0), dwellMs: 3 }]);
  const [page] = await three.pages(null, idCeiling(T0_MS + 10), 10);
  expect(page).toMatchObject({ id: at(1), shard: 1 });
  const range = [idFloor(T0_MS), idCeiling(T0_MS + 10)] as const;
  const found = await three.impressionsOf(viewer, ...range, page?.shard);
  expect(found.map(({ id }) => id)).toEqual([at(2), at(3)]);
});
