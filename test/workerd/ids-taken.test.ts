/** A source of randomness that repeats itself, in one millisecond: every write draws other ids, and none is lost. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Id, idOfOwner, makeId } from "../../feed/ids.ts";
import type { Post, User } from "../../feed/wire.ts";
import { World } from "./world.ts";

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** A world in which the first id that each write draws is one that was drawn before. */
function repeating() {
  const world = new World();
  const nowMs = Date.now();
  const { newId, drawId } = world.deps;
  let repeats = 0;
  /** The next id has the same time for every account, and the same serial, `times` times over. */
  const repeat = (times = 1): void => {
    repeats = times;
  };
  Object.assign(world.deps, {
    newId: (owner: Id) => (repeats-- > 0 ? idOfOwner(owner, nowMs) : newId(owner)),
    drawId: (bucket: number) => (repeats-- > 0 ? makeId(nowMs, bucket, 7) : drawId(bucket)),
  });
  return { world, repeat };
}

describe("with a random source that repeats", () => {
  it("every answered post exists, under an id of its own, and reaches the followers", async () => {
    const { world, repeat } = repeating();
    const { author, readers } = await world.audience(1);
    const posts: string[] = [];
    for (let n = 0; n < 3; n++) {
      repeat();
      posts.unshift(await world.post(author, `number ${n}`));
    }
    expect(new Set(posts).size).toBe(3);
    await world.drain();
    for (const [n, post] of posts.entries()) {
      const { body } = await world.call<Post>("GET", `/v1/posts/${post}`);
      expect(body.text).toBe(`number ${2 - n}`);
    }
    const [reader = author] = readers;
    expect((await world.scroll(reader)).toSorted()).toEqual(posts.toSorted());
  });

  it("two requests with keys of their own make two posts, and a repeated one makes none", async () => {
    const { world, repeat } = repeating();
    const author = await world.account();
    const send = async (key: string) => {
      repeat();
      const headers = { "idempotency-key": key };
      const parts = { token: author.token, body: { text: "the same words" }, headers };
      return (await world.call<Post>("POST", "/v1/posts", parts)).body.id;
    };
    const [first, again] = [await send("one"), await send("one")];
    expect(again).toBe(first);
    const { body } = await world.call<User>("GET", `/v1/users/${author.user.id}`);
    expect(body.counts.posts).toBe(1);
  });

  it("reposts, likes, follows, mutes and deletions succeed", async () => {
    const { world, repeat } = repeating();
    const { author, readers } = await world.audience(1);
    const [reader = author] = readers;
    const posts = [await world.post(author, "one"), await world.post(author, "two")];
    const call = async (method: string, path: string, as = reader) => {
      repeat(2);
      const { status } = await world.call(method, `/v1/${path}`, { token: as.token });
      expect([path, status < 300]).toEqual([path, true]);
    };
    for (const post of posts) {
      await call("PUT", `posts/${post}/repost`);
      await call("PUT", `posts/${post}/like`);
    }
    await call("DELETE", `users/${author.user.id}/follow`);
    await call("PUT", `users/${author.user.id}/follow`);
    await call("PUT", `users/${author.user.id}/mute`);
    await call("DELETE", `users/${author.user.id}/mute`);
    for (const post of posts) await call("DELETE", `posts/${post}`, author);
    await world.drain();
    expect(await world.scroll(author)).toEqual([]);
  });

  it("accounts keep their handles, imported and registered ones", async () => {
    const { world, repeat } = repeating();
    const handles = ["first_of_two", "second_of_two"];
    for (const handle of handles) {
      repeat(2);
      await world.import([{ user: { handle } }]);
    }
    const found = await world.deps.store.accounts.byHandles(handles);
    expect([...found.keys()].toSorted()).toEqual(handles);
  });

  it("of two reports of impressions with one id both are stored, each once", async () => {
    const { world } = repeating();
    const viewer = await world.account();
    const id = world.deps.drawId(0);
    const job = { v: 1, kind: "impressions", id, part: 0, attempt: 0, viewer: viewer.user.id };
    const [one, two] = [world.deps.drawId(0), world.deps.drawId(0)];
    const reports = [one, two].map((postId) => ({ ...job, items: [{ postId, dwellMs: 5 }] }));
    for (const body of [...reports, ...reports]) await world.handOver([{ body }]);
    const { seen } = await world.home(viewer).rankingContext([one, two], []);
    const once = { times: 1, dwellMs: 5, opened: false };
    expect(seen).toEqual({ [one]: once, [two]: once });
  });
});
