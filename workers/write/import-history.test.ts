/** Posts, likes and reposts of an import, as people see them. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import { BUCKETS, IMPORT_STATEMENTS_MAX, OUTBOX_DUE_MS } from "../../feed/limits.ts";
import { idTimeMs } from "../../feed/ids.ts";
import type { Post, Timeline, User } from "../../feed/wire.ts";
import { env as bindings } from "cloudflare:workers";
import { eventually } from "../../test/eventually.ts";
import { findingNothing, watchedDatabase } from "../../test/workerd/doubles.ts";
import { checkCounts } from "../../test/workerd/recount.ts";
import { countRows } from "../../test/workerd/state.ts";
import { World } from "../../test/workerd/world.ts";
import { importLines } from "./import.ts";

vi.setConfig({ testTimeout: 120_000 });
const world = new World();
let names = 0;
/** A name that no other test has used. */
const name = (prefix: string): string => `${prefix}_${names++}_${Date.now().toString(36)}`;

const T0 = Date.UTC(2024, 4, 1);
const at = (minute: number): string => new Date(T0 + minute * 60_000).toISOString();

interface Answer {
  line?: number | undefined;
  id?: string;
  error?: string;
  next?: number | null;
}

/** The answers of an import, with ids by line. */
async function bring(lines: readonly unknown[], deps = world.deps) {
  const text = lines.map((line) => JSON.stringify(line)).join("\n");
  const answers: Answer[] = [];
  const body = new Blob([text]).stream();
  for await (const answer of importLines(deps, body, true)) {
    if (!("lines" in answer)) answers.push(answer);
  }
  const ids = new Map(answers.map(({ line, id }) => [line, id]));
  return {
    report: answers.at(-1),
    ids,
    errors: answers.filter(({ error }) => error !== undefined),
  };
}

const read = async (id: string, token?: string): Promise<Post> =>
  (await world.call<Post>("GET", `/v1/posts/${id}`, token === undefined ? {} : { token })).body;

const userOf = async (handle: string): Promise<User> =>
  (await world.call<User>("GET", `/v1/users/@${handle}`)).body;

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

describe("an import of history", () => {
  it("posts have their times, their replies and exact counts, and answer their ids", async () => {
    const [ada, bob] = [name("ada"), name("bob")];
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
    expect([first, reply, back].map(idTimeMs)).toEqual([1, 2, 3].map((n) => T0 + n * 60_000));
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
    const [ada, bob] = [name("ada"), name("bob")];
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
    for (const [line, id] of twice.ids) {
      if (line !== undefined && line <= lines.length) expect(once.ids.get(line)).toBe(id);
    }
    expect([(await userOf(ada)).counts.posts, (await userOf(bob)).counts.posts]).toEqual([20, 10]);
  });

  it("what was deleted or undone since stays so when the import is repeated", async () => {
    const [ada, bob] = [name("ada"), name("bob")];
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
    const ada = name("ada");
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
    const [ada, bob] = [name("ada"), name("bob")];
    const post = (author: string) => ({ post: { key: `${ada}/1`, author, text: "t", at: at(1) } });
    await bring([{ user: { handle: ada } }, { user: { handle: bob } }, post(ada)]);
    const { report, errors } = await bring([post(bob), post(ada)]);
    expect(report).toMatchObject({ posts: 0, skipped: 1, errors: 1 });
    expect(errors[0]?.error).toMatch(/another author has a post/);
  });

  it("a key that two authors use at the same time makes one post", async () => {
    const authors = [name("ada"), name("bob")];
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
    expect(counts.sort()).toEqual([0, 1]);
  });
});

describe("timelines that were read before an import", () => {
  it("show the posts at their place, without a gap or a repeat, and get no live frame of them", async () => {
    const { author, readers } = await world.audience(1);
    const [reader = author] = readers;
    const now = await world.post(author, "now");
    await world.drain();
    expect(await world.scroll(reader)).toEqual([now]);
    const { ids } = await bring([
      { post: { key: `${author.user.id}/1`, author: author.user.handle, text: "1", at: at(1) } },
      { post: { key: `${author.user.id}/2`, author: author.user.handle, text: "2", at: at(2) } },
    ]);
    const sent = world.held.map(({ body }) => Reflect.get(Object(body), "kind") as unknown);
    expect(new Set(sent)).toEqual(new Set(["history"]));
    await world.drain();
    const wanted = [now, ids.get(2), ids.get(1)];
    expect(await world.scroll(reader)).toEqual(wanted);
    expect(await world.scroll(reader, 1)).toEqual(wanted);
    expect(await world.scroll(author)).toEqual(wanted);
    expect(await countRows(world, "outbox")).toBe(0);
  });

  it("show them although the queue lost the message", async () => {
    const { author, readers } = await world.audience(1);
    const [reader = author] = readers;
    expect(await world.scroll(reader)).toEqual([]);
    const { ids } = await bring([
      { post: { key: `${author.user.id}/1`, author: author.user.handle, text: "1", at: at(1) } },
    ]);
    world.loseMessages();
    await world.sweep(OUTBOX_DUE_MS + 1_000);
    await world.drain();
    expect(await world.scroll(reader)).toEqual([ids.get(1)]);
  });

  it("show the posts of an author who is pulled", async () => {
    const env = {
      CELEBRITY_THRESHOLD: "2",
      AUTHOR_FEED_PAGES: findingNothing(bindings.AUTHOR_FEED_PAGES),
    };
    const celebrities = new World(env);
    const { author, readers } = await celebrities.audience(2);
    const [reader = author] = readers;
    await celebrities.drain();
    const now = await celebrities.post(author, "now");
    await celebrities.drain();
    expect(await new World(env).scroll(reader)).toEqual([now]);
    const line = { key: `${author.user.id}/1`, author: author.user.handle, text: "1", at: at(1) };
    const { ids } = await bring([{ post: line }], celebrities.deps);
    await celebrities.drain();
    const path = "/v1/timeline?order=latest&limit=1";
    const page = await new World(env).call<Timeline>("GET", path, { token: reader.token });
    expect(page.body.items.map(({ id }) => id)).toEqual([now]);
    expect(await new World(env).scroll(reader, 1)).toEqual([now, ids.get(1)]);
  });

  it("show reposts, and which posts their owner likes", async () => {
    const { author, readers } = await world.audience(1);
    const [reader = author] = readers;
    const key = `${author.user.id}/1`;
    const stranger = name("stranger");
    await bring([
      { user: { handle: stranger } },
      { post: { key, author: stranger, text: "found", at: at(1) } },
    ]);
    await world.scroll(reader);
    const { ids } = await bring([
      { repost: [author.user.handle, key, at(9)] },
      { like: [reader.user.handle, key] },
    ]);
    await world.drain();
    const path = "/v1/timeline?order=latest";
    const { body } = await world.call<Timeline>("GET", path, { token: reader.token });
    expect(body.items[0]).toMatchObject({
      id: ids.get(1),
      at: at(9),
      reason: { kind: "repost" },
      post: { text: "found", viewer: { liked: true, reposted: false } },
    });
  });
});

describe("an import that is cut off", () => {
  /** Statements of both databases; from the n-th on they fail. */
  function failingFrom(first: number) {
    let left = first;
    const watch = (database: D1Database) =>
      watchedDatabase(database, () => {
        if (left-- <= 0) throw new Error("D1_ERROR: overloaded");
      });
    return new World({ DB_0: watch(bindings.DB_0), DB_1: watch(bindings.DB_1) });
  }

  it("at any statement, and sent again, loses and doubles nothing", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    for (let n = 1; ; n += 3) {
      const [ada, bob] = [name("ada"), name("bob")];
      const key = (m: number) => `${ada}/${m}`;
      const lines = [
        ...[ada, bob].map((handle) => ({ user: { handle } })),
        { follow: [bob, ada] },
        ...Array.from({ length: 6 }, (_, m) => ({
          post: { key: key(m), author: m % 2 === 0 ? ada : bob, text: `${m}`, at: at(0) },
        })),
        { post: { key: key(9), author: bob, text: "reply", at: at(2), replyTo: key(0) } },
        { like: [bob, key(0)] },
        { repost: [bob, key(0), at(3)] },
      ];
      const cut = await bring(lines, failingFrom(n).deps);
      const { report, errors, ids } = await bring(lines);
      expect(errors, `statement ${n}`).toEqual([]);
      expect(report).toMatchObject({ errors: 0, next: null });
      await world.sweep(OUTBOX_DUE_MS + 1_000);
      await world.drain();
      const post = ids.get(4) ?? "";
      const tallies = await world.deps.store.reactions.tallies([{ post, actor: ids.get(2) ?? "" }]);
      expect(tallies, `statement ${n}`).toMatchObject([{ likes: 1, reposts: 1 }]);
      const replies = await world.deps.store.reactions.replyTallies([post]);
      expect(replies.get(post)?.replies, `statement ${n}`).toBe(1);
      expect([(await userOf(ada)).counts.posts, (await userOf(bob)).counts.posts]).toEqual([3, 4]);
      expect(await world.scroll(await world.session(bob))).toHaveLength(7);
      if (cut.errors.length === 0) break;
    }
    expect(await countRows(world, "outbox")).toBe(0);
    expect((await checkCounts(world)).corrected).toEqual([]);
  });
});

describe("one request", () => {
  it("makes at most its share of statements, and says where the next one continues", async () => {
    const databases: Record<string, D1Database> = {};
    let statements = 0;
    for (const binding of ["DB_0", "DB_1"] as const) {
      databases[binding] = watchedDatabase(bindings[binding], () => statements++);
    }
    const counted = new World(databases);
    // As many places as there are buckets cannot be had here, so the plan believes in them.
    const places = Array.from({ length: BUCKETS }, () => counted.deps.router.places[0]);
    const router = new Proxy(counted.deps.router, {
      get: (real, property) =>
        property === "places" ? places : (Reflect.get(real, property, real) as unknown),
    });
    const deps = { ...counted.deps, router };
    const handles = Array.from({ length: 40 }, () => name("many"));
    const lines: unknown[] = [
      ...handles.map((handle) => ({ user: { handle } })),
      ...handles.map((handle, n) => ({ follow: [handle, handles[(n + 1) % 40]] })),
      ...handles.map((author, n) => ({ post: { key: author, author, text: `${n}`, at: at(n) } })),
      ...handles.map((handle, n) => ({ like: [handle, handles[(n + 7) % 40]] })),
    ];
    let requests = 0;
    const done = { users: 0, follows: 0, posts: 0, likes: 0 };
    for (let from = 0; ;) {
      statements = 0;
      const { report, errors } = await bring(lines.slice(from), deps);
      expect(errors).toEqual([]);
      expect(statements).toBeLessThanOrEqual(IMPORT_STATEMENTS_MAX);
      requests++;
      for (const kind of ["users", "follows", "posts", "likes"] as const) {
        done[kind] += Number(Reflect.get(report ?? {}, kind));
      }
      if (report?.next == null) break;
      from += report.next - 1;
    }
    expect(done).toEqual({ users: 40, follows: 40, posts: 40, likes: 40 });
    expect(requests).toBeGreaterThan(3);
  });

  it("makes no more statements in each of two shards than the plan says", async () => {
    let statements = 0;
    const watch = (database: D1Database) => watchedDatabase(database, () => statements++);
    const counted = new World({ DB_0: watch(bindings.DB_0), DB_1: watch(bindings.DB_1) });
    const handles = Array.from({ length: 100 }, () => name("plan"));
    const kinds = {
      user: handles.map((handle) => ({ user: { handle } })),
      follow: handles.map((handle, n) => ({ follow: [handle, handles[(n + 1) % 100]] })),
      post: handles.map((author, n) => ({
        post: {
          ...{ key: author, author, text: `${n}`, at: at(n) },
          ...(n > 0 ? { replyTo: handles[n - 1] } : {}),
        },
      })),
      reaction: handles.map((handle, n) => ({ repost: [handle, handles[(n + 7) % 100], at(n)] })),
    };
    const { IMPORT_STEPS } = await import("../../feed/import-plan.ts");
    for (const kind of ["user", "follow", "post", "reaction"] as const) {
      statements = 0;
      const { errors } = await bring(kinds[kind], counted.deps);
      expect(errors).toEqual([]);
      expect(statements, kind).toBeLessThanOrEqual(2 * IMPORT_STEPS[kind]);
      expect(statements, kind).toBeGreaterThan(0);
    }
  });
});
