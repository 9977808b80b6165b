import { expect, it } from "vitest";
import { World } from "./world.ts";

it("a post is in the timelines of its author and of a follower", async () => {
  const world = new World();
  const [ada, bob] = [await world.account("ada"), await world.account("bob")];
  await world.follow(bob, ada);
  expect(await world.scroll(bob)).toEqual([]);
  const id = await world.post(ada, "hello");
  expect(await world.scroll(ada)).toEqual([id]);
  await world.drain();
  expect(await world.scroll(bob)).toEqual([id]);
});
