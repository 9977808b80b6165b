/** Imports that are interrupted, and the limits of one request. */
import { IMPORT_STEPS } from "../../feed/import-plan.ts";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { IMPORT_STATEMENTS_MAX } from "../../feed/limits-import.ts";
import { BUCKETS, OUTBOX_DUE_MS } from "../../feed/limits.ts";
import type { User } from "../../feed/wire.ts";
import { env as bindings } from "cloudflare:workers";
import { at, bring as bringTo, newName } from "../../test/workerd/bring.ts";
import { watchedDatabase } from "../../test/workerd/doubles.ts";
import { checkCounts } from "../../test/workerd/recount.ts";
import { countRows } from "../../test/workerd/state.ts";
import { World } from "../../test/workerd/world.ts";

vi.setConfig({ testTimeout: 120_000 });
const world = new World();
const bring = (lines: readonly unknown[], deps = world.deps) => bringTo(deps, lines);

const userOf = async (handle: string): Promise<User> =>
  (await world.call<User>("GET", `/v1/users/@${handle}`)).body;

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
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
      const [ada, bob] = [newName("ada"), newName("bob")];
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
    const handles = Array.from({ length: 40 }, () => newName("many"));
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
      const next = report?.next ?? null;
      if (next === null) break;
      from += next - 1;
    }
    expect(done).toEqual({ users: 40, follows: 40, posts: 40, likes: 40 });
    expect(requests).toBeGreaterThan(3);
  });

  it("makes no more statements in each of two shards than the plan says", async () => {
    let statements = 0;
    const watch = (database: D1Database) => watchedDatabase(database, () => statements++);
    const counted = new World({ DB_0: watch(bindings.DB_0), DB_1: watch(bindings.DB_1) });
    const handles = Array.from({ length: 100 }, () => newName("plan"));
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
    for (const kind of ["user", "follow", "post", "reaction"] as const) {
      statements = 0;
      const { errors } = await bring(kinds[kind], counted.deps);
      expect(errors).toEqual([]);
      expect(statements, kind).toBeLessThanOrEqual(2 * IMPORT_STEPS[kind]);
      expect(statements, kind).toBeGreaterThan(0);
    }
  });
});
