import { beforeAll, describe, expect, it } from "vitest";
import type { Post, Problem, Session, TimelineItem, User } from "../../feed/wire.ts";
import { countRows, stateOf } from "../../test/workerd/state.ts";
import { World } from "../../test/workerd/world.ts";

interface List<T> {
  items: T[];
  next: string | null;
}

const world = new World();
let ada: Session;
let bob: Session;

beforeAll(async () => {
  [ada, bob] = [await world.account("ada"), await world.account("bob")];
  await world.follow(bob, ada);
});

function publish<T = Post>(text: string, replyTo?: string, author = ada) {
  const body = replyTo === undefined ? { text } : { text, replyTo };
  return world.call<T>("POST", "/v1/posts", { token: author.token, body });
}

function read<T = Post>(id: string) {
  return world.call<T>("GET", `/v1/posts/${id}`);
}

function remove(id: string, who = ada) {
  return world.call<Problem | null>("DELETE", `/v1/posts/${id}`, { token: who.token });
}

async function replies(id: string): Promise<string[]> {
  const { body } = await world.call<List<Post>>("GET", `/v1/posts/${id}/replies`);
  return body.items.map((post) => post.id);
}

/** Reads a list to its end, page by page. */
async function pages<T>(path: string, limit: number): Promise<T[][]> {
  const found: T[][] = [];
  let cursor = "";
  for (;;) {
    const { body } = await world.call<List<T>>("GET", `${path}?limit=${limit}${cursor}`);
    found.push(body.items);
    if (body.next === null) return found;
    cursor = `&cursor=${body.next}`;
  }
}

describe("POST /v1/posts", () => {
  it("publishes a post that everyone can read, with and without a token", async () => {
    const { status, body } = await publish("hello");
    expect(status).toBe(201);
    expect(body).toEqual({
      id: body.id,
      author: { id: ada.user.id, handle: "ada", name: "ada", avatarUrl: null },
      text: "hello",
      createdAt: body.createdAt,
      replyTo: null,
      parent: null,
      counts: { likes: 0, reposts: 0, replies: 0 },
    });
    expect(Math.abs(Date.parse(body.createdAt) - Date.now())).toBeLessThan(60_000);
    expect((await read(body.id)).body).toEqual(body);
    const viewer = { liked: false, reposted: false };
    const asBob = await world.call("GET", `/v1/posts/${body.id}`, { token: bob.token });
    expect(asBob.body).toEqual({ ...body, viewer });
  });

  it("gives ids that sort by time", async () => {
    const ids = [];
    for (let n = 0; n < 5; n++) ids.push((await publish(`number ${n}`)).body.createdAt);
    expect(ids).toEqual([...ids].sort());
  });

  it.each([
    ["  trimmed\n", "trimmed"],
    ["\u00a0\u2003\ufefftrimmed\u3000", "trimmed"],
    ["two  lines\n\n of text", "two  lines\n\n of text"],
    ["lines\r\nof\rother\n\rsystems\tand columns", "lines\nof\nother\n\nsystems\tand columns"],
    ["שלום\u200f! \u061cمرحبا\u200e.", "שלום\u200f! \u061cمرحبا\u200e."],
    [` ${"x".repeat(280)} `, "x".repeat(280)],
    ["😀".repeat(280), "😀".repeat(280)],
    // One glyph of seven code points, forty times.
    ["👨‍👩‍👧‍👦".repeat(40), "👨‍👩‍👧‍👦".repeat(40)],
    ["𝒳".repeat(280), "𝒳".repeat(280)],
    ["e\u0301".repeat(140), "e\u0301".repeat(140)],
    ["a\u200bb", "a\u200bb"],
    [`<b>"'; DROP TABLE posts; --\\ %_`, `<b>"'; DROP TABLE posts; --\\ %_`],
  ])("keeps the text %j", async (sent, kept) => {
    const { status, body } = await publish(sent);
    expect([status, body.text]).toEqual([201, kept]);
    expect((await read(body.id)).body.text).toBe(kept);
    await world.drain();
    expect((await world.scroll(bob))[0]).toBe(body.id);
  });

  it("answers half a surrogate pair in its stored form", async () => {
    const { body } = await publish("half \ud83d of a face");
    expect(body.text.isWellFormed()).toBe(true);
    expect((await read(body.id)).body.text).toBe(body.text);
  });

  it.each(["👨‍👩‍👧‍👦".repeat(40) + "x", "😀".repeat(281), "e\u0301".repeat(141)])(
    "refuses 281 code points or more (%j)",
    async (text) => {
      expect((await publish(text)).status).toBe(400);
    },
  );

  it("publishes nothing for a deleted account", async () => {
    const { mintToken } = await import("../auth/tokens.ts");
    const { token } = await mintToken(
      world.deps.config,
      { user: "00000000000000ZZ", session: null },
      Date.now(),
    );
    const before = await stateOf(world, []);
    const body = { text: "boo" };
    for (const [method, path] of [
      ["POST", "/v1/posts"],
      ["GET", "/v1/me"],
      ["PUT", "/v1/users/@ada/follow"],
    ] as const) {
      const sending = method === "POST" ? { token, body } : { token };
      const { body: problem } = await world.call<Problem>(method, path, sending);
      expect(problem.code).toBe("unauthenticated");
    }
    expect(await stateOf(world, [])).toEqual(before);
  });
});

describe("replies", () => {
  it("name their parents, are listed newest first, and are counted at once", async () => {
    const { body: parent } = await publish("a question");
    const { body: first } = await publish("one answer", parent.id, bob);
    const { body: second } = await publish("another answer", parent.id);
    expect(first.replyTo).toBe(parent.id);
    expect(await replies(parent.id)).toEqual([second.id, first.id]);
    expect((await read(parent.id)).body.counts.replies).toBe(2);
    expect((await read(first.id)).body.counts.replies).toBe(0);
  });

  it("are refused for a deleted post", async () => {
    const { body: parent } = await publish("short-lived");
    await remove(parent.id);
    const { status, body } = await publish<Problem>("too late", parent.id, bob);
    expect([status, body.code]).toEqual([404, "not_found"]);
  });

  it("stay when their parent is deleted", async () => {
    const { body: parent } = await publish("a question");
    const { body: answer } = await publish("an answer", parent.id, bob);
    await remove(parent.id);
    expect((await read(answer.id)).body).toEqual({ ...answer, parent: null });
    expect((await world.call("GET", `/v1/posts/${parent.id}/replies`)).status).toBe(404);
  });

  it("fill a page although most of the newest are hidden from the viewer", async () => {
    const { body: parent } = await publish("a thread");
    const blocked = await world.account();
    const good: string[] = [];
    for (let n = 0; n < 5; n++) good.unshift((await publish(`g ${n}`, parent.id, bob)).body.id);
    for (let n = 0; n < 45; n++) await publish(`hidden ${n}`, parent.id, blocked);
    await world.call("PUT", `/v1/users/${blocked.user.id}/block`, { token: ada.token });
    const path = `/v1/posts/${parent.id}/replies`;
    const { body } = await world.call<List<Post>>("GET", path, { token: ada.token });
    expect(body.items.map((post) => post.id)).toEqual(good.sort().reverse());
    expect(body.next).toBeNull();
    const first = await world.call<List<Post>>("GET", `${path}?limit=2`, { token: ada.token });
    const next = `${path}?limit=3&cursor=${first.body.next}`;
    const second = await world.call<List<Post>>("GET", next, { token: ada.token });
    const ids = [...first.body.items, ...second.body.items].map((post) => post.id);
    expect(ids).toEqual(good);
  });

  it("page without gap or repeat", async () => {
    const { body: parent } = await publish("a thread");
    const ids: string[] = [];
    for (let n = 0; n < 11; n++) ids.unshift((await publish(`no. ${n}`, parent.id, bob)).body.id);
    // Times of one millisecond are in no particular order, ids are.
    ids.sort().reverse();
    for (const limit of [1, 5, 11, 100]) {
      const found = await pages<Post>(`/v1/posts/${parent.id}/replies`, limit);
      expect(found.flat().map((post) => post.id)).toEqual(ids);
      expect(found).toHaveLength(Math.ceil(11 / limit));
    }
  });
});

describe("DELETE /v1/posts/{id}", () => {
  it("removes the post everywhere, and from the author's count", async () => {
    const author = await world.account();
    await world.follow(bob, author);
    const { body: post } = await publish("gone soon", undefined, author);
    await world.drain();
    expect(await world.scroll(bob)).toContain(post.id);
    const { status, body } = await remove(post.id, author);
    expect([status, body]).toEqual([204, null]);
    await world.drain();
    expect((await read(post.id)).status).toBe(404);
    expect(await world.scroll(author)).toEqual([]);
    expect(await world.scroll(bob)).not.toContain(post.id);
    const path = `/v1/users/${author.user.id}`;
    expect((await world.call<List<TimelineItem>>("GET", `${path}/posts`)).body.items).toEqual([]);
    expect((await world.call<User>("GET", path)).body.counts.posts).toBe(0);
    expect(await countRows(world, "outbox")).toBe(0);
  });

  it("answers 404 the second time, and changes nothing", async () => {
    const { body: post } = await publish("once");
    await remove(post.id);
    const before = await stateOf(world, [ada, bob]);
    const { status, body } = await remove(post.id);
    expect([status, body?.code]).toEqual([404, "not_found"]);
    expect(await stateOf(world, [ada, bob])).toEqual(before);
  });

  it("deletes once for many concurrent calls", async () => {
    const { body: post } = await publish("all at once");
    const counted = async () => (await world.call<User>("GET", "/v1/users/@ada")).body.counts.posts;
    const before = await counted();
    const answers = await Promise.all(Array.from({ length: 6 }, () => remove(post.id)));
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([
      204, 404, 404, 404, 404, 404,
    ]);
    expect(await counted()).toBe(before - 1);
  });

  it("removes a reply from its parent's list and count", async () => {
    const { body: parent } = await publish("a question");
    const { body: kept } = await publish("kept", parent.id, bob);
    const { body: gone } = await publish("gone", parent.id);
    await remove(gone.id);
    expect(await replies(parent.id)).toEqual([kept.id]);
    expect((await read(parent.id)).body.counts.replies).toBe(1);
  });
});

describe("GET /v1/users/{user}/posts", () => {
  it("lists newest first and pages without gap or repeat", async () => {
    const author = await world.account("prolific");
    const ids: string[] = [];
    for (let n = 0; n < 25; n++) ids.push(await world.post(author, `no. ${n}`));
    ids.sort().reverse();
    const path = "/v1/users/@Prolific/posts";
    const first = await world.call<List<TimelineItem>>("GET", path);
    expect(first.body.items.map(({ post }) => post.id)).toEqual(ids.slice(0, 20));
    for (const limit of [1, 7, 24, 25, 26, 100]) {
      const found = await pages<TimelineItem>(path, limit);
      expect(found.flat().map(({ post }) => post.id)).toEqual(ids);
      expect(found).toHaveLength(Math.ceil(25 / limit));
    }
  });

  it("includes replies, and gives the viewer's own posts the reason self", async () => {
    const author = await world.account();
    const parent = await world.post(ada, "a question");
    const id = await world.post(author, "an answer", parent);
    const path = `/v1/users/${author.user.id}/posts`;
    const own = await world.call<List<TimelineItem>>("GET", path, { token: author.token });
    expect(own.body.items.map(({ post, reason }) => [post.id, reason.kind])).toEqual([
      [id, "self"],
    ]);
    const others = await world.call<List<TimelineItem>>("GET", path, { token: bob.token });
    expect(others.body.items[0]?.reason).toEqual({ kind: "following" });
  });
});
