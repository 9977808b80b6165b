/**
 * What an account has just done is in everything that it reads afterwards, before any queue message has
 * arrived and while KV still has what was there before.
 */
import { env as bindings } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Counts } from "../../feed/timeline/entry.ts";
import type { Post, Session, Timeline, User } from "../../feed/wire.ts";
import { eventually } from "../eventually.ts";
import { frozenKv } from "./doubles.ts";
import { LiveSocket } from "./socket.ts";
import { World } from "./world.ts";

vi.setConfig({ testTimeout: 60_000 });

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const THRESHOLD = 2;

/** Makes an author whose followers pull, and a reader who does not follow them. */
async function celebrity() {
  const world = new World({ CELEBRITY_THRESHOLD: String(THRESHOLD) });
  const { author, readers } = await world.audience(THRESHOLD);
  const reader = await world.account();
  await world.scroll(reader);
  const first = await world.post(author, "from before");
  await world.drain();
  // The isolate caches the feed's newest page, as another reader has it.
  const [follower = reader] = readers;
  expect(await world.scroll(follower)).toEqual([first]);
  return { world, author, follower, reader, first };
}

describe("a follow of a pulled author", () => {
  it("shows, in the next page, a post that fan-out has not appended yet", async () => {
    const { world, author, reader, first } = await celebrity();
    const post = await world.post(author, "a moment ago");
    await world.follow(reader, author);
    for (const order of ["latest", "ranked"]) {
      const { body } = await world.call<Timeline>("GET", `/v1/timeline?order=${order}`, {
        token: reader.token,
      });
      expect(body.items.map((item) => item.post.id).toSorted()).toEqual([first, post].toSorted());
      expect(body.partial).toBe(false);
    }
  });

  it("shows it to a reader whose timeline is built by that very page", async () => {
    const { world, author, first } = await celebrity();
    const newcomer = await world.account();
    const post = await world.post(author, "a moment ago");
    await world.follow(newcomer, author);
    expect(await world.scroll(newcomer)).toEqual([post, first]);
  });

  it("announces the post to followers who are online, once", async () => {
    const { world, author, reader, follower } = await celebrity();
    const socket = await LiveSocket.open(world, follower);
    const post = await world.post(author, "a moment ago");
    await world.follow(reader, author);
    await world.drain();
    const last = await world.post(author, "now");
    await world.drain();
    await eventually(() => expect(socket.changes).toContain(`+${last}`));
    expect(socket.changes.filter((change) => change === `+${post}`)).toHaveLength(1);
  });

  it("ends with all of the author's posts gone, after an unfollow, mute or block", async () => {
    const { world, author, reader, first } = await celebrity();
    const change = (method: string, relation: string) =>
      world.call(method, `/v1/users/${author.user.id}/${relation}`, { token: reader.token });
    const shows = async (posts: readonly string[]) =>
      expect(await world.scroll(reader)).toEqual(posts);
    await world.follow(reader, author);
    await shows([first]);
    await change("DELETE", "follow");
    await shows([]);
    await world.follow(reader, author);
    await shows([first]);
    await change("PUT", "mute");
    await shows([]);
    await change("DELETE", "mute");
    await shows([first]);
    await change("PUT", "block");
    await shows([]);
  });

  it("that makes the author pulled hides no post that a follower has seen", async () => {
    const world = new World({ CELEBRITY_THRESHOLD: String(THRESHOLD) });
    const { author, readers } = await world.audience(THRESHOLD - 1);
    const [follower, last] = [readers[0] ?? author, await world.account()];
    const old = await world.post(author, "before");
    await world.drain();
    await world.follow(last, author);
    // Fan-out brings this one to the follower and to the feed, but the feed gets it late.
    const { authorFeeds } = world.deps;
    const feedHangs = () => Promise.reject(new Error("the feed does not answer"));
    const isFanout = ({ body }: { body: unknown }) => JSON.stringify(body).includes('"fanout"');
    const post = await world.post(author, "while crossing");
    const fanout = world.held.filter((message) => isFanout(message));
    world.held = world.held.filter((message) => !isFanout(message));
    Object.assign(world.deps, { authorFeeds: { call: feedHangs } });
    await world.handOver(fanout);
    Object.assign(world.deps, { authorFeeds });
    expect(await world.scroll(follower)).toEqual([post, old]);
    await world.drain();
    expect(await world.scroll(follower)).toEqual([post, old]);
    expect(await world.scroll(last)).toEqual([post, old]);
  });
});

describe("a pulled author", () => {
  it("has their own post, repost and their ends in the next page, before any message arrives", async () => {
    const { world, author, reader, first } = await celebrity();
    const theirs = await world.post(reader, "worth repeating");
    const post = await world.post(author, "mine");
    expect(await world.scroll(author)).toEqual([post, first]);
    const path = `/v1/posts/${theirs}/repost`;
    await world.call("PUT", path, { token: author.token });
    const { body } = await world.call<Timeline>("GET", "/v1/timeline?order=latest", author);
    const [item] = body.items;
    expect(item).toMatchObject({ post: { id: theirs }, reason: { kind: "repost" } });
    // The entry's own id and time put it on top, although the post is older.
    expect(item?.id).not.toBe(theirs);
    expect(body.items.map(({ id }) => id)).toEqual(
      body.items
        .map(({ id }) => id)
        .toSorted()
        .toReversed(),
    );
    expect(Date.parse(item?.at ?? "")).toBeGreaterThanOrEqual(
      Date.parse(item?.post.createdAt ?? ""),
    );
    await world.call("DELETE", path, { token: author.token });
    await world.call("DELETE", `/v1/posts/${post}`, { token: author.token });
    expect(await world.scroll(author)).toEqual([first]);
  });
});

/** The counts of a post in everything that a reader can read. */
async function everywhere(world: World, reader: Session, post: string): Promise<Counts[]> {
  const read = async <T>(path: string) =>
    (await world.call<T>("GET", path, { token: reader.token })).body;
  const byId = await read<Post>(`/v1/posts/${post}`);
  const [latest, ranked, own] = await Promise.all([
    read<Timeline>("/v1/timeline?order=latest"),
    read<Timeline>("/v1/timeline?order=ranked"),
    read<Timeline>(`/v1/users/${byId.author.id}/posts`),
  ]);
  const shown = [latest, ranked, own].flatMap(({ items }) =>
    items.filter((item) => item.post.id === post),
  );
  return [byId, ...shown.map((item) => item.post)].map(({ counts }) => counts);
}

describe("counts", () => {
  /** Makes a post with one like, which KV has, and a reader of it. KV then shows no later count. */
  async function liked() {
    const kv = frozenKv(bindings.COUNTS);
    const world = new World({ COUNTS: kv.namespace });
    const { author, readers } = await world.audience(2);
    const [reader = author, other = author] = readers;
    const post = await world.post(author, "liked once");
    await world.drain();
    await world.call("PUT", `/v1/posts/${post}/like`, { token: other.token });
    await world.drain();
    await vi.waitFor(
      async () => {
        expect(await everywhere(world, author, post)).toContainEqual(counts(1, 0, 0));
      },
      { timeout: 20_000, interval: 200 },
    );
    kv.freeze();
    return { world, author, reader, post };
  }

  const counts = (likes: number, reposts: number, replies: number) => ({ likes, reposts, replies });

  it("include one's own like, repost and reply in every later read, and their end", async () => {
    const { world, reader, post } = await liked();
    const { token } = reader;
    const react = async (method: "PUT" | "DELETE", what: "like" | "repost", expected: Counts) => {
      const { body } = await world.call<{ counts: Counts }>(method, `/v1/posts/${post}/${what}`, {
        token,
      });
      expect(body.counts).toEqual(expected);
      const read = await everywhere(world, reader, post);
      expect(read.length).toBeGreaterThanOrEqual(4);
      for (const one of read) expect(one).toEqual(expected);
    };
    await react("PUT", "like", counts(2, 0, 0));
    await react("DELETE", "like", counts(1, 0, 0));
    await react("PUT", "like", counts(2, 0, 0));
    await react("PUT", "like", counts(2, 0, 0));
    await react("PUT", "repost", counts(2, 1, 0));
    const reply = await world.post(reader, "a reply", post);
    for (const one of await everywhere(world, reader, post)) expect(one).toEqual(counts(2, 1, 1));
    await world.call("DELETE", `/v1/posts/${reply}`, { token });
    for (const one of await everywhere(world, reader, post)) expect(one).toEqual(counts(2, 1, 0));
    await react("DELETE", "repost", counts(2, 0, 0));
  });

  it("of a post that others like meanwhile, too, never go back from one answer to the next", async () => {
    const { world, author, reader, post } = await liked();
    const likes = async (method: "PUT" | "DELETE", what: "like" | "repost", by: Session) => {
      const path = `/v1/posts/${post}/${what}`;
      const { body } = await world.call<{ counts: Counts }>(method, path, { token: by.token });
      return body.counts.likes;
    };
    expect(await likes("PUT", "like", reader)).toBe(2);
    for (let n = 0; n < 4; n++) await likes("PUT", "like", await world.account());
    await likes("PUT", "like", author);
    await world.drain();
    expect(await likes("PUT", "repost", reader)).toBe(7);
    expect(await likes("DELETE", "like", reader)).toBe(6);
    for (const one of await everywhere(world, reader, post)) expect(one.likes).toBe(6);
  });

  it("include it after the timeline was evicted, went cold and was rebuilt", async () => {
    const { world, reader, post } = await liked();
    await world.call("PUT", `/v1/posts/${post}/like`, { token: reader.token });
    await world.post(reader, "a reply", post);
    await world.evict(reader);
    await world.home(reader).forget();
    for (const one of await everywhere(world, reader, post)) expect(one).toEqual(counts(2, 0, 1));
  });

  it("include it for somebody who has never read a timeline", async () => {
    const { world, post } = await liked();
    const newcomer = await world.account();
    await world.call("PUT", `/v1/posts/${post}/like`, { token: newcomer.token });
    await world.post(newcomer, "a reply", post);
    for (const one of await everywhere(world, newcomer, post)) expect(one).toEqual(counts(2, 0, 1));
  });

  it("of accounts include one's own follow, post and their end", async () => {
    const world = new World();
    const [author, reader] = [await world.account(), await world.account()];
    const read = async (who: Session) =>
      (await world.call<User>("GET", `/v1/users/${who.user.id}`, { token: reader.token })).body
        .counts;
    await world.follow(reader, author);
    expect(await read(author)).toEqual({ followers: 1, following: 0, posts: 0 });
    const post = await world.post(reader, "hello");
    expect(await read(reader)).toEqual({ followers: 0, following: 1, posts: 1 });
    await world.follow(reader, author, false);
    await world.call("DELETE", `/v1/posts/${post}`, { token: reader.token });
    expect(await read(author)).toEqual({ followers: 0, following: 0, posts: 0 });
    expect(await read(reader)).toEqual({ followers: 0, following: 0, posts: 0 });
  });
});
