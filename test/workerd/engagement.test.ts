import { describe, expect, it } from "vitest";
import type { Post, Session, Timeline } from "../../feed/wire.ts";
import { World } from "./world.ts";

type Counted = { counts: { likes: number; reposts: number; replies: number } };

async function page(world: World, viewer: Session): Promise<Timeline["items"]> {
  const path = "/v1/timeline?order=latest&limit=100";
  return (await world.call<Timeline>("GET", path, { token: viewer.token })).body.items;
}

describe("likes", () => {
  it("are idempotent, show to their actor at once and count for everyone once quiet", async () => {
    const world = new World();
    const [ada, bob] = [await world.account(), await world.account()];
    await world.follow(bob, ada);
    const id = await world.post(ada, "hello");
    await world.drain();
    await page(world, bob);
    for (let i = 0; i < 3; i++) {
      const { status, body } = await world.call<Counted>("PUT", `/v1/posts/${id}/like`, bob);
      expect([status, body.counts.likes]).toEqual([200, i === 0 ? 1 : 0]);
    }
    expect((await page(world, bob))[0]?.post.viewer).toEqual({ liked: true, reposted: false });
    await world.drain();
    const counter = world.env.POST_COUNTER.getByName(id);
    expect((await counter.read()).likes).toBe(1);
    await world.call("DELETE", `/v1/posts/${id}/like`, bob);
    await world.drain();
    expect((await counter.read()).likes).toBe(0);
    expect((await page(world, bob))[0]?.post.viewer).toEqual({ liked: false, reposted: false });
  });
});

describe("reposts", () => {
  it("bring a post to the reposter's followers, once, and taking one back restores the original", async () => {
    const world = new World();
    const [ada, bob, cyd] = [await world.account(), await world.account(), await world.account()];
    await world.follow(cyd, bob);
    await page(world, cyd);
    const first = await world.post(ada, "first");
    const second = await world.post(bob, "second");
    await world.call("PUT", `/v1/posts/${first}/repost`, bob);
    await world.drain();
    expect((await page(world, cyd)).map((item) => [item.post.id, item.reason.kind])).toEqual([
      [first, "repost"],
      [second, "following"],
    ]);
    await world.follow(cyd, ada);
    expect(await world.scroll(cyd)).toEqual([first, second]);
    await world.call("DELETE", `/v1/posts/${first}/repost`, bob);
    await world.drain();
    expect((await page(world, cyd)).map((item) => [item.post.id, item.reason.kind])).toEqual([
      [second, "following"],
      [first, "following"],
    ]);
  });

  it("go with the original when it is deleted", async () => {
    const world = new World();
    const [ada, bob, cyd] = [await world.account(), await world.account(), await world.account()];
    await world.follow(cyd, bob);
    await page(world, cyd);
    const first = await world.post(ada, "first");
    await world.call("PUT", `/v1/posts/${first}/repost`, bob);
    await world.drain();
    expect(await world.scroll(cyd)).toEqual([first]);
    await world.call("DELETE", `/v1/posts/${first}`, ada);
    await world.drain();
    expect(await world.scroll(cyd)).toEqual([]);
    expect(await world.scroll(bob)).toEqual([]);
  });
});

describe("mute and block", () => {
  it("hide what is muted, also when others repost it, and bring it back after", async () => {
    const world = new World();
    const [ada, bob, cyd] = [await world.account(), await world.account(), await world.account()];
    await world.follow(cyd, ada);
    await world.follow(cyd, bob);
    await page(world, cyd);
    const first = await world.post(ada, "first");
    await world.call("PUT", `/v1/posts/${first}/repost`, bob);
    await world.drain();
    await world.call("PUT", `/v1/users/${ada.user.id}/mute`, cyd);
    expect(await world.scroll(cyd)).toEqual([]);
    await world.call("DELETE", `/v1/users/${ada.user.id}/mute`, cyd);
    expect(await world.scroll(cyd)).toEqual([first]);
  });

  it("undo follows both ways and keep them from coming back", async () => {
    const world = new World();
    const [ada, bob] = [await world.account(), await world.account()];
    await world.follow(ada, bob);
    await world.follow(bob, ada);
    await page(world, ada);
    await page(world, bob);
    const id = await world.post(bob, "hello");
    await world.drain();
    await world.call("PUT", `/v1/users/${bob.user.id}/block`, ada);
    expect(await world.scroll(ada)).toEqual([]);
    for (const [who, whom] of [
      [ada, bob],
      [bob, ada],
    ] as const) {
      const path = `/v1/users/${whom.user.id}/follow`;
      expect((await world.call("PUT", path, who)).status).toBe(403);
    }
    expect((await world.call("PUT", `/v1/posts/${id}/like`, ada)).status).toBe(403);
    await world.call("DELETE", `/v1/users/${bob.user.id}/block`, ada);
    await world.follow(ada, bob);
    expect(await world.scroll(ada)).toEqual([id]);
  });
});

it("a reconciliation corrects what was corrupted and nothing else", async () => {
  const world = new World();
  const [ada, bob] = [await world.account(), await world.account()];
  const id = await world.post(ada, "hello");
  await world.call("PUT", `/v1/posts/${id}/like`, bob);
  await world.post(bob, "reply", id);
  await world.drain();
  const check = () =>
    world.call<{ corrected: unknown[] }>("POST", "/v1/admin/counts/check", {
      token: world.env.ADMIN_TOKEN,
    });
  expect((await check()).body.corrected).toEqual([]);
  await world.env.POST_COUNTER.getByName(id).correct({
    buckets: [],
    replies: { replies: 7, version: 1 },
  });
  expect((await check()).body.corrected).toEqual([
    {
      post: id,
      what: "counter",
      was: { likes: 0, reposts: 0, replies: 7 },
      is: { likes: 1, reposts: 0, replies: 1 },
    },
  ]);
  expect((await check()).body.corrected).toEqual([]);
  const { body } = await world.call<Post>("GET", `/v1/posts/${id}`, bob);
  expect(body.viewer).toEqual({ liked: true, reposted: false });
});
