/** Posts, likes and reposts of an import. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import { idTimeMs } from "../../feed/ids.ts";
import type { Post, User } from "../../feed/wire.ts";
import { eventually } from "../../test/eventually.ts";
import { at, bring as bringTo, newName } from "../../test/workerd/bring.ts";
import { checkCounts } from "../../test/workerd/recount.ts";
import { countRows } from "../../test/workerd/state.ts";
import { World } from "../../test/workerd/world.ts";

vi.setConfig({ testTimeout: 120_000 });
const world = new World();
const bring = (lines: readonly unknown[], deps = world.deps) => bringTo(deps, lines);

const read = async (id: string, token?: string): Promise<Post> =>
  (await world.call<Post>("GET", `/v1/posts/${id}`, token === undefined ? {} : { token })).body;

const userOf = async (handle: string): Promise<User> =>
  (await world.call<User>("GET", `/v1/users/@${handle}`)).body;

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

describe("an import of history", () => {
  it("posts have their times, their replies and exact counts, and answer their ids", async () => {
    const [ada, bob] = [newName("ada"), newName("bob")];
    const key = (n: number) => `${ada}/${n}`;
    const { report, ids } = await bring([
      { user: { handle: ada } },
      { user: { handle: bob } },
      { follow: [bob, ada] },
      { post: { key: key(1), author: ada, text: "the first", at: at(1) } },
      { post: { key: key(2), author: bob, text: "a reply", at: at(2), replyTo: key(1) } },
      { post: { key: key(3), author: ada, text: "and back", at: at(3), replyTo: key(2) } },
      { like: [bob, key(1)] },
      { like: [ada, key(1)] },
      { repost: [bob, key(1), at(4)] },
    ]);
    expect(report).toEqual({
      ...{
        users: 2,
        follows: 1,
        posts: 3,
        likes: 2,
        reposts: 1,
        skipped: 0,
        errors: 0,
        next: null,
      },
    });
    const [first = "", reply = "", back = ""] = [4, 5, 6].map((line) => ids.get(line) ?? "");
    expect([first, reply, back].map(idTimeMs)).toEqual([1, 2, 3].map((n) => Date.parse(at(n))));
    expect(await read(first)).toMatchObject({ text: "the first", createdAt: at(1) });
    await eventually(async () => {
      expect((await read(first)).counts).toEqual({ likes: 2, reposts: 1, replies: 1 });
    });
    expect(await read(back)).toMatchObject({ replyTo: reply });
    const replies = await world.call<{ items: Post[] }>("GET", `/v1/posts/${first}/replies`);
    expect(replies.body.items.map(({ id }) => id)).toEqual([reply]);
    expect((await userOf(ada)).counts).toMatchObject({ posts: 2, followers: 1 });
    expect(ids.get(1)).toBe((await userOf(ada)).id);
    expect(await countRows(world, "outbox")).toBe(0);
    const reader = await world.session(bob);
    expect(await world.scroll(reader)).toEqual(expect.arrayContaining([first, reply]));
    expect((await read(first, reader.token)).viewer).toEqual({ liked: true, reposted: true });
    expect((await checkCounts(world)).corrected).toEqual([]);
  });

  it("twice makes everything once, and answers the same ids", async () => {
    const [ada, bob] = [newName("ada"), newName("bob")];
    const lines = [
      ...[ada, bob].map((handle) => ({ user: { handle } })),
      ...Array.from({ length: 30 }, (_, n) => ({
        // Many posts of one second.
        post: { key: `${ada}/${n}`, author: n % 3 === 0 ? bob : ada, text: `${n}`, at: at(0) },
      })),
      ...Array.from({ length: 10 }, (_, n) => ({ like: [bob, `${ada}/${n}`] })),
      ...Array.from({ length: 10 }, (_, n) => ({ repost: [ada, `${ada}/${n}`, at(0)] })),
    ];
    const once = await bring(lines);
    expect(once.report).toMatchObject({ posts: 30, likes: 10, reposts: 10, errors: 0 });
    expect(new Set([...once.ids].slice(0, 42).map(([, id]) => id)).size).toBeGreaterThanOrEqual(42);
    const twice = await bring([...lines, ...lines]);
    expect(twice.report).toMatchObject({ posts: 0, likes: 0, reposts: 0, errors: 0 });
    const again = [...twice.ids].filter(([line]) => line !== undefined && line <= lines.length);
    for (const [line, id] of again) expect(once.ids.get(line)).toBe(id);
    expect([(await userOf(ada)).counts.posts, (await userOf(bob)).counts.posts]).toEqual([20, 10]);
  });

  it("what was deleted or undone since stays so when the import is repeated", async () => {
    const [ada, bob] = [newName("ada"), newName("bob")];
    const lines = [
      ...[ada, bob].map((handle) => ({ user: { handle } })),
      { post: { key: `${ada}/1`, author: ada, text: "one", at: at(1) } },
      { post: { key: `${ada}/2`, author: ada, text: "two", at: at(2) } },
      { like: [bob, `${ada}/2`] },
      { repost: [bob, `${ada}/2`, at(3)] },
    ];
    const { ids } = await bring(lines);
    const [one = "", two = ""] = [ids.get(3), ids.get(4)];
    await world.call("DELETE", `/v1/posts/${one}`, await world.session(ada));
    const actor = await world.session(bob);
    for (const kind of ["like", "repost"]) {
      await world.call("DELETE", `/v1/posts/${two}/${kind}`, actor);
    }
    await world.drain();
    const again = await bring([...lines, { like: [bob, `${ada}/1`] }]);
    expect(again.report).toMatchObject({ posts: 0, likes: 0, reposts: 0, errors: 1 });
    expect((await world.call("GET", `/v1/posts/${one}`)).status).toBe(404);
    await world.drain();
    await eventually(async () => {
      expect((await read(two)).counts).toEqual({ likes: 0, reposts: 0, replies: 0 });
    });
    expect((await userOf(ada)).counts.posts).toBe(1);
  });

  it("bad lines are reported by number and reason, and the others are written", async () => {
    const ada = newName("ada");
    const post = { key: `${ada}/1`, author: ada, text: "fine", at: at(1) };
    const soon = new Date(Date.now() + 60_000).toISOString();
    const { report, errors } = await bring([
      { user: { handle: ada } },
      { post },
      { post: { ...post, key: "a", author: "nobody_here" } },
      { post: { ...post, key: "b", at: soon } },
      { post: { ...post, key: "c", at: "yesterday" } },
      { post: { ...post, key: `${ada}/orphan`, replyTo: `${ada}/unknown` } },
      { post: { ...post, key: `${ada}/child`, replyTo: `${ada}/orphan` } },
      { post: { ...post, key: `${ada}/self`, replyTo: `${ada}/self` } },
      { post: { ...post, key: "d", text: "x".repeat(281) } },
      { like: [ada, `${ada}/unknown`] },
      { repost: [ada, `${ada}/1`, soon] },
      { repost: [ada, `${ada}/1`] },
      { like: [ada, `${ada}/1`] },
    ]);
    expect(report).toMatchObject({ users: 1, posts: 1, likes: 1, errors: 10, skipped: 0 });
    const why = new Map(errors.map(({ line, error }) => [line, error]));
    expect([...why.keys()].sort((a = 0, b = 0) => a - b)).toEqual([
      3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ]);
    expect(why.get(3)).toBe("there is no account @nobody_here");
    expect(why.get(4)).toMatch(/^at: a time in the past/);
    expect(why.get(5)).toMatch(/^post\.at: /);
    expect(why.get(6)).toMatch(/no post with the key .*unknown yet/);
    expect(why.get(9)).toMatch(/^post\.text: 1 to 280/);
    expect(why.get(10)).toMatch(/no post with the key/);
  });

  it("a key belongs to the author who used it first", async () => {
    const [ada, bob] = [newName("ada"), newName("bob")];
    const post = (author: string) => ({ post: { key: `${ada}/1`, author, text: "t", at: at(1) } });
    await bring([{ user: { handle: ada } }, { user: { handle: bob } }, post(ada)]);
    const { report, errors } = await bring([post(bob), post(ada)]);
    expect(report).toMatchObject({ posts: 0, skipped: 1, errors: 1 });
    expect(errors[0]?.error).toMatch(/another author has a post/);
  });

  it("a key that two authors use at the same time makes one post", async () => {
    const authors = [newName("ada"), newName("bob")];
    await bring(authors.map((handle) => ({ user: { handle } })));
    const imports = authors.map((author) =>
      bring([{ post: { key: authors.join(), author, text: "t", at: at(1) } }], new World().deps),
    );
    const reports = (await Promise.all(imports)).map(({ report }) => report);
    const sum = (kind: string) =>
      reports.reduce((n, report) => n + Number(Reflect.get(report ?? {}, kind)), 0);
    expect([sum("posts"), sum("errors")]).toEqual([1, 1]);
    const counts = await Promise.all(
      authors.map(async (author) => (await userOf(author)).counts.posts),
    );
    expect(counts.toSorted((a, b) => a - b)).toEqual([0, 1]);
  });
});
