import { NO_COUNTS } from "../../feed/timeline/entry.ts";
import { describe, expect, it, vi } from "vitest";
import { StoreUnavailable } from "../../db/store.ts";
import { NO_VELOCITY } from "../../feed/counts/velocity.ts";
import { countsKey, publishedText } from "../../feed/counts/published-counts.ts";
import type { Post, Session, Timeline, User } from "../../feed/wire.ts";
import { NONE_NEWER } from "../../feed/counts/tally.ts";
import { checkCounts } from "./recount.ts";
import { World } from "./world.ts";

type Counted = { counts: { likes: number; reposts: number; replies: number } };

async function page(world: World, viewer: Session): Promise<Timeline["items"]> {
  const path = "/v1/timeline?order=latest&limit=100";
  return (await world.call<Timeline>("GET", path, { token: viewer.token })).body.items;
}

describe("a like", () => {
  it("is idempotent, shows to its actor at once and is counted for everyone once queues are empty", async () => {
    const world = new World();
    const [ada, bob] = [await world.account(), await world.account()];
    await world.follow(bob, ada);
    const id = await world.post(ada, "hello");
    await world.drain();
    await page(world, bob);
    for (let i = 0; i < 3; i++) {
      const { status, body } = await world.call<Counted>("PUT", `/v1/posts/${id}/like`, bob);
      expect([status, body.counts.likes]).toEqual([200, 1]);
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

describe("a repost", () => {
  it("shows the post once to the reposter's followers, and undoing it restores the original", async () => {
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

  it("disappears when the original is deleted", async () => {
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

describe("a reaction is refused", () => {
  it("to a deleted post and to a repost's id, and nobody else can undo a repost by its id", async () => {
    const world = new World();
    const [ada, bob, cyd] = [await world.account(), await world.account(), await world.account()];
    const [gone, post] = [await world.post(ada, "gone"), await world.post(ada, "stays")];
    await world.call("DELETE", `/v1/posts/${gone}`, ada);
    await world.call("PUT", `/v1/posts/${post}/repost`, bob);
    const reaction = await world.deps.store.reactions.reaction(bob.user.id, "repost", post);
    for (const id of [gone, reaction?.entry]) {
      for (const method of ["PUT", "DELETE"]) {
        for (const verb of ["like", "repost"]) {
          expect((await world.call(method, `/v1/posts/${id}/${verb}`, cyd)).status).toBe(404);
        }
      }
      expect((await world.call("DELETE", `/v1/posts/${id}`, bob)).status).toBe(404);
    }
    // Undoing a repost that one never made leaves another account's repost alone.
    const path = `/v1/posts/${post}/repost`;
    expect((await world.call<Counted>("DELETE", path, cyd)).status).toBe(200);
    await world.drain();
    expect(await world.env.POST_COUNTER.getByName(post).read()).toMatchObject({ reposts: 1 });
    expect(await world.scroll(bob)).toEqual([post]);
  });
});

describe("mute and block", () => {
  it("a mute hides the author's posts, others' reposts of them too, until it is lifted", async () => {
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

  it("a block undoes follows both ways and refuses new ones", async () => {
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

describe("a block", () => {
  it("keeps an import from adding follows in either direction, and counts stay right", async () => {
    const world = new World();
    const [ada, bob] = [await world.account(), await world.account()];
    await world.call("PUT", `/v1/users/${bob.user.id}/block`, ada);
    const report = await world.import([
      { follow: [ada.user.handle, bob.user.handle] },
      { follow: [bob.user.handle, ada.user.handle] },
    ]);
    const counted = { users: 0, follows: 0, skipped: 0, errors: 2 };
    expect(report).toMatchObject([{ line: 1 }, { line: 2 }, counted]);
    for (const { user } of [ada, bob]) {
      const { body } = await world.call<User>("GET", `/v1/users/${user.id}`);
      expect(body.counts).toEqual({ followers: 0, following: 0, posts: 0 });
    }
  });

  it("that is processed late undoes no follow made after it was lifted", async () => {
    const world = new World();
    const [ada, bob] = [await world.account(), await world.account()];
    const block = `/v1/users/${bob.user.id}/block`;
    await world.call("PUT", block, ada);
    const [late] = await world.deps.store.relations.relations(ada.user.id, [bob.user.id]);
    await world.call("DELETE", block, ada);
    await world.follow(bob, ada);
    if (late === undefined) throw new Error("there was a block");
    await world.deps.store.relations.applyBlock(late, Date.now());
    const { body } = await world.call<User>("GET", `/v1/users/${bob.user.id}`);
    expect(body.counts.following).toBe(1);
  });

  it("refuses replies of the blocked account and hides its earlier ones", async () => {
    const world = new World();
    const [ada, bob] = [await world.account(), await world.account()];
    const post = await world.post(ada, "hello");
    const reply = await world.post(bob, "before the block", post);
    await world.drain();
    const replies = async (viewer: Session) => {
      const path = `/v1/posts/${post}/replies`;
      const { body } = await world.call<{ items: Post[] }>("GET", path, viewer);
      return body.items.map((item) => item.id);
    };
    expect(await replies(ada)).toEqual([reply]);
    await world.call("PUT", `/v1/users/${bob.user.id}/block`, ada);
    expect(await replies(ada)).toEqual([]);
    const answer = await world.call("POST", "/v1/posts", {
      token: bob.token,
      body: { text: "after it", replyTo: post },
    });
    expect(answer.status).toBe(403);
  });
});

it("the answer to a like counts its actor, however stale the published counts are", async () => {
  const world = new World();
  const [ada, bob] = [await world.account(), await world.account()];
  const post = await world.post(ada, "hello");
  const counts = { likes: 0, reposts: 0, replies: 3 };
  await world.env.COUNTS.put(countsKey(post), publishedText({ counts, velocity: NO_VELOCITY }));
  const like = () => world.call<Counted>("PUT", `/v1/posts/${post}/like`, bob);
  expect((await like()).body.counts).toEqual({ ...counts, likes: 1 });
  // From now on the counter itself is asked, because published counts may lack the first like.
  expect((await like()).body.counts).toEqual({ ...NO_COUNTS, likes: 1 });
  const { body } = await world.call<Post>("GET", `/v1/posts/${post}`, bob);
  // The counter itself is asked about a post that the reader has just liked.
  expect([body.viewer?.liked, body.counts]).toEqual([true, { ...NO_COUNTS, likes: 1 }]);
  await world.drain();
});

it("a warm page is served while the store cannot return the viewer's reactions to an old post", async () => {
  const world = new World();
  const [ada, bob, cyd] = [await world.account(), await world.account(), await world.account()];
  const old = await world.post(ada, "older than the reader's timeline");
  await world.follow(cyd, bob);
  await page(world, cyd);
  await world.call("PUT", `/v1/posts/${old}/repost`, bob);
  await world.drain();
  const down = vi
    .spyOn(world.deps.store.reactions, "reactionsOf")
    .mockRejectedValue(new StoreUnavailable("the shard is down"));
  const [item] = await page(world, cyd);
  expect([item?.post.id, item?.post.viewer]).toEqual([old, undefined]);
  down.mockRestore();
  expect((await page(world, cyd))[0]?.post.viewer).toEqual({ liked: false, reposted: false });
});

it("a recount corrects corrupted counts and nothing else", async () => {
  const world = new World();
  const [ada, bob] = [await world.account(), await world.account()];
  const id = await world.post(ada, "hello");
  await world.call("PUT", `/v1/posts/${id}/like`, bob);
  await world.post(bob, "reply", id);
  await world.drain();
  expect((await checkCounts(world)).corrected).toEqual([]);
  const wrong = { buckets: [], replies: { replies: 7, version: 1 } };
  await world.env.POST_COUNTER.getByName(id).correctBuckets(wrong, NONE_NEWER);
  expect((await checkCounts(world)).corrected).toEqual([
    {
      post: id,
      what: "counter",
      was: { likes: 1, reposts: 0, replies: 7 },
      is: { likes: 1, reposts: 0, replies: 1 },
    },
  ]);
  expect((await checkCounts(world)).corrected).toEqual([]);
  const { body } = await world.call<Post>("GET", `/v1/posts/${id}`, bob);
  expect(body.viewer).toEqual({ liked: true, reposted: false });
});
