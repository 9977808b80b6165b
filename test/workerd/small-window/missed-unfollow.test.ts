import { expect, it } from "vitest";
import { Chance } from "../../model/chance.ts";
import { SkeinError } from "../../../client/src/errors.ts";
import { TroubledWorld } from "./troubled-world.ts";

it("a follow after an unfollow that never reached the timeline shows no deleted post", async () => {
  const troubled = new TroubledWorld(new Chance(1));
  const { skein, world } = troubled;
  await skein.import([{ user: { handle: "ada" } }, { user: { handle: "bob" } }]);
  await skein.follow("bob", "ada", true);
  const kept = await skein.post("ada", "stays", null);
  const gone = await skein.post("ada", "goes", null);
  await skein.scroll("bob", [10]);
  await troubled.quiesce();

  await troubled.cutOff("bob", 1);
  await expect(skein.follow("bob", "ada", false)).rejects.toThrow(SkeinError);
  await skein.remove("ada", gone);
  await world.drain();
  await skein.follow("bob", "ada", true);

  const { items } = await skein.scroll("bob", [10]);
  expect(items.map((item) => item.id)).toEqual([kept]);
  await troubled.quiesce();
  expect(await skein.scroll("bob", [10])).toEqual({ items, whole: true });
});
