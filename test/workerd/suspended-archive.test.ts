/** What pages below the hot window show of a suspended account. */
import { expect, it } from "vitest";
import type { Session } from "../../feed/wire.ts";
import { World } from "./world.ts";

const repost = (world: World, { token }: Session, post: string) =>
  world.call("PUT", `/v1/posts/${post}/repost`, { token });

const setState = (world: World, { user }: Session, state: string) =>
  world.call("PUT", `/v1/admin/accounts/${user.handle}/state`, {
    token: world.env.ADMIN_TOKEN,
    body: { state },
  });

it("a suspended account is hidden below the hot window too: its posts, its reposts, and reposts of its posts", async () => {
  const world = new World({ TIMELINE_MAX: "2" });
  const [ada, bob, cat, eve] = [
    await world.account(),
    await world.account(),
    await world.account(),
    await world.account(),
  ];
  await world.scroll(eve);
  for (const followed of [ada, cat]) await world.follow(eve, followed);
  const own = await world.post(ada, "an own post");
  const reposted = await world.post(bob, "a post that is reposted");
  await repost(world, ada, reposted);
  const ofOthers = await world.post(ada, "a post that others repost");
  await repost(world, cat, ofOthers);
  const above: string[] = [];
  for (let n = 0; n < 5; n++) above.unshift(await world.post(cat, `above ${n}`));
  await world.drain();
  const before = await world.scroll(eve);
  expect(before.slice(0, 5)).toEqual(above);
  expect(new Set(before.slice(5))).toEqual(new Set([own, reposted, ofOthers]));
  await setState(world, ada, "suspended");
  await world.drain();
  expect(await world.scroll(eve)).toEqual(above);
  await setState(world, ada, "active");
  await world.drain();
  expect(await world.scroll(eve)).toEqual(before);
});
