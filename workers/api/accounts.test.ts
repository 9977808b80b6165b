import { describe, expect, it } from "vitest";
import { bucketOfHandle } from "../../feed/ids.ts";
import type { Problem, Session, User } from "../../feed/wire.ts";
import { countRows } from "../../test/workerd/state.ts";
import { World } from "../../test/workerd/world.ts";

const world = new World();
const PASSWORD = "correct horse";

function create<T = Session>(body: Record<string, unknown>) {
  return world.call<T>("POST", "/v1/accounts", { body: { password: PASSWORD, ...body } });
}

function signIn<T = Session>(handle: string, password = PASSWORD) {
  return world.call<T>("POST", "/v1/sessions", { body: { handle, password } });
}

describe("POST /v1/accounts", () => {
  it("creates an account, and a token for it", async () => {
    const beforeMs = Date.now();
    const { status, body } = await create({ handle: "ada", name: " Ada Lovelace " });
    expect(status).toBe(201);
    expect(body.user).toEqual({
      id: body.user.id,
      handle: "ada",
      name: "Ada Lovelace",
      bio: "",
      avatarUrl: null,
      createdAt: body.user.createdAt,
      counts: { followers: 0, following: 0, posts: 0 },
      celebrity: false,
    });
    expect(Date.parse(body.user.createdAt)).toBeGreaterThanOrEqual(beforeMs);
    const ttlMs = Date.parse(body.expiresAt) - beforeMs;
    expect(ttlMs / 1000).toBeCloseTo(world.deps.config.ACCESS_TOKEN_TTL_S, -2);
    const me = await world.call<User>("GET", "/v1/me", { token: body.token });
    expect(me.body).toMatchObject(body.user);
  });

  it("names an account after its handle if it is given no name", async () => {
    const { body } = await create({ handle: "Nameless" });
    expect(body.user).toMatchObject({ handle: "nameless", name: "nameless" });
  });

  it("gives a handle to one account, in any case of its letters", async () => {
    await create({ handle: "grace" });
    for (const handle of ["grace", "GRACE", "Grace"]) {
      const { status, body } = await create<Problem>({ handle });
      expect([status, body.code]).toEqual([409, "handle_taken"]);
    }
  });

  it("gives a handle to one of many concurrent requests, in every shard", async () => {
    const rowsBefore = await countRows(world, "users");
    const handles = ["race_a", "race_b", "race_c", "race_d"];
    const shards = new Set(handles.map((handle) => bucketOfHandle(handle) % 2));
    expect(shards.size).toBe(2);
    for (const handle of handles) {
      const cases = [handle, handle.toUpperCase(), handle, `R${handle.slice(1)}`];
      const answers = await Promise.all(cases.map((spelt) => create({ handle: spelt })));
      expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([
        201, 409, 409, 409,
      ]);
    }
    expect(await countRows(world, "users")).toBe(rowsBefore + handles.length);
  });

  it("does not give an imported account's handle away", async () => {
    await world.import([{ user: { handle: "imported" } }]);
    expect((await create({ handle: "imported" })).status).toBe(409);
  });

  it("accepts the shortest and the longest handles and passwords", async () => {
    const handles = ["a_1", "z".repeat(30)];
    const passwords = ["8 chars.", "p".repeat(128)];
    for (const [index, handle] of handles.entries()) {
      const password = passwords[index] ?? "";
      expect((await create({ handle, password })).status).toBe(201);
      expect((await signIn(handle, password)).status).toBe(201);
    }
  });

  it("counts a name by its code points", async () => {
    const name = "😀".repeat(50);
    expect((await create({ handle: "smiley", name })).body.user.name).toBe(name);
  });

  it("keeps the password only as a salted hash", async () => {
    const { body: first } = await create({ handle: "hash_one" });
    const { body: second } = await create({ handle: "hash_two" });
    const hashes = await Promise.all(
      [first, second].map((session) => world.deps.store.accounts.credentials(session.user.handle)),
    );
    const [one, two] = hashes.map((known) => known?.passwordHash);
    expect(one).toMatch(/^scrypt\$16384\$8\$5\$/);
    expect(one).not.toContain(PASSWORD);
    expect(one).not.toBe(two);
  });
});

describe("POST /v1/sessions", () => {
  it("opens with the password, in any case of the handle", async () => {
    const { body: made } = await create({ handle: "lin" });
    for (const handle of ["lin", "LIN"]) {
      const { status, body } = await signIn(handle);
      expect(status).toBe(201);
      expect(body.user).toEqual(made.user);
    }
  });

  it("accepts a password in any Unicode composition", async () => {
    await create({ handle: "composed", password: "caf\u00e9 au lait" });
    expect((await signIn("composed", "cafe\u0301 au lait")).status).toBe(201);
  });

  it("answers the same to a wrong password, an unknown handle and an imported account", async () => {
    await create({ handle: "mary" });
    await world.import([{ user: { handle: "no_password" } }]);
    const answers = [
      await signIn<Problem>("mary", "wrong password"),
      await signIn<Problem>("mary", `${PASSWORD} `),
      await signIn<Problem>("nobody_at_all"),
      await signIn<Problem>("no_password"),
      await signIn<Problem>("no_password", ""),
      await signIn<Problem>("not a handle"),
    ];
    for (const { status, body, headers } of answers) {
      expect([status, body.code]).toEqual([401, "bad_credentials"]);
      expect({ ...body, requestId: "" }).toEqual({ ...answers[0]?.body, requestId: "" });
      expect([...headers.keys()]).toEqual([...(answers[0]?.headers.keys() ?? [])]);
    }
  });

  it("takes equally long for a known and an unknown handle", async () => {
    // Each handle has a hasher of its own, because a hasher rests after each attempt.
    const own = new World({ PASSWORD_HASHERS: "64" });
    await create({ handle: "same_work" });
    await world.import([{ user: { handle: "imported_too" } }]);
    const handles = ["same_work", "nobody_at_all", "imported_too", "not a handle"];
    const shortestMs = new Map(handles.map((handle) => [handle, Infinity]));
    for (let round = 0; round < 3; round++) {
      for (const [handle, shortest] of shortestMs) {
        const startedMs = performance.now();
        const body = { handle, password: "wrong password" };
        expect((await own.call("POST", "/v1/sessions", { body })).status).toBe(401);
        shortestMs.set(handle, Math.min(shortest, performance.now() - startedMs));
      }
    }
    // All but a few ms of it is the derivation of a key, and not to derive one is far below half.
    const [known = 0, ...others] = shortestMs.values();
    for (const other of others) expect(other).toBeGreaterThan(known / 2);
  });
});

describe("GET /v1/me", () => {
  it("shows the current account", async () => {
    const [ada, bob] = [await world.account(), await world.account()];
    await world.follow(ada, bob);
    await world.post(ada, "hello");
    const { body } = await world.call<User>("GET", "/v1/me", { token: ada.token });
    expect(body.counts).toEqual({ followers: 0, following: 1, posts: 1 });
    expect(body.viewer).toEqual({
      following: false,
      followedBy: false,
      muted: false,
      blocked: false,
    });
  });
});
