import { expect, it, vi } from "vitest";
import type { Session, User } from "../../feed/wire.ts";
import { World } from "../../test/workerd/world.ts";

vi.setConfig({ testTimeout: 60_000 });

async function handles(world: World, viewer: Session, path: string) {
  const { body } = await world.call<{ items: User[]; next: string | null }>("GET", path, {
    token: viewer.token,
  });
  return { handles: body.items.map(({ handle }) => handle), next: body.next };
}

async function related(world: World, actor: Session, verb: string, target: Session) {
  await world.call("PUT", `/v1/users/${target.user.id}/${verb}`, { token: actor.token });
}

it("suggestions are followed by those whom one follows, the most of them first", async () => {
  const world = new World();
  const [viewer, ada, ben] = [await world.account(), await world.account(), await world.account()];
  const [both, one] = [await world.account(), await world.account()];
  for (const friend of [ada, ben]) {
    await world.follow(viewer, friend);
    await world.follow(friend, both);
    await world.follow(friend, viewer);
  }
  await world.follow(ada, one);
  await world.drain();
  expect(await handles(world, viewer, "/v1/suggestions")).toEqual({
    handles: [both.user.handle, one.user.handle],
    next: null,
  });
});

it("suggestions leave out whom one follows, mutes or blocks, and who blocks one", async () => {
  const world = new World();
  const viewer = await world.account();
  const friend = await world.account();
  const [muted, blocked, blocks, followed, left] = [
    await world.account(),
    await world.account(),
    await world.account(),
    await world.account(),
    await world.account(),
  ];
  await world.follow(viewer, friend);
  for (const other of [muted, blocked, blocks, followed, left]) await world.follow(friend, other);
  await world.follow(viewer, followed);
  await related(world, viewer, "mute", muted);
  await related(world, viewer, "block", blocked);
  await related(world, blocks, "block", viewer);
  await world.drain();
  const { handles: found } = await handles(world, viewer, "/v1/suggestions");
  expect(found).toEqual([left.user.handle]);
});

it("suggestions for somebody who follows nobody are the configured accounts that exist", async () => {
  const world = new World();
  const [viewer, ada] = [await world.account(), await world.account()];
  world.deps.config.SUGGESTED_HANDLES = ["nobody_at_all", ada.user.handle, viewer.user.handle];
  const { handles: found } = await handles(world, viewer, "/v1/suggestions");
  expect(found).toEqual([ada.user.handle]);
});

it("mutes and blocks list the accounts, page by page, with the relation", async () => {
  const world = new World();
  const viewer = await world.account();
  const others = [await world.account(), await world.account(), await world.account()].toSorted(
    (a, b) => (a.user.id < b.user.id ? -1 : 1),
  );
  for (const other of others) await related(world, viewer, "mute", other);
  const [first] = others;
  if (first === undefined) throw new Error("three were made");
  await related(world, viewer, "block", first);
  const all = others.map(({ user }) => user.handle);
  const page = await handles(world, viewer, "/v1/me/mutes?limit=2");
  expect(page.handles).toEqual(all.slice(0, 2));
  const rest = await handles(world, viewer, `/v1/me/mutes?limit=2&cursor=${page.next}`);
  expect(rest).toEqual({ handles: all.slice(2), next: null });
  expect((await handles(world, viewer, "/v1/me/blocks")).handles).toEqual([first.user.handle]);
});
