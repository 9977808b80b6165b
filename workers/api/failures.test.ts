/** The answers to clients when parts of Skein fail, or when a request is not what it should be. */
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { bucketOfHandle } from "../../feed/ids.ts";
import { RETRY_AFTER_S } from "../../feed/limits.ts";
import type { Problem, Session } from "../../feed/wire.ts";
import { failingHomes, watchedDatabase } from "../../test/workerd/doubles.ts";
import { World } from "../../test/workerd/world.ts";
import { createApp } from "./app.ts";
import { version } from "../../package.json";

/** An account whose rows are in this one of the two shards. */
async function accountIn(shard: number, world: World): Promise<Session> {
  for (let n = 0; ; n++) {
    const handle = `user_${n}_of_${shard}`;
    if (bucketOfHandle(handle) % 2 === shard) return world.account(handle);
  }
}

function post<T = Problem>(world: World, author: Session) {
  return world.call<T>("POST", "/v1/posts", { token: author.token, body: { text: "hello" } });
}

function timeline(world: World, viewer: Session) {
  const path = "/v1/timeline?order=latest";
  return world.call<Problem>("GET", path, { token: viewer.token });
}

describe("a shard that is down", () => {
  it.each([
    "D1_ERROR: Network connection lost.",
    "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.",
    "D1_ERROR: D1 DB is overloaded. Requests queued for too long.",
  ])("is a 503 for writes to it, and for nothing else (%s)", async (message) => {
    let down = false;
    const database = watchedDatabase(env.DB_0, () => {
      if (down) throw new Error(message);
    });
    const world = new World({ DB_0: database });
    const [ada, bob] = [await accountIn(0, world), await accountIn(1, world)];
    await world.follow(ada, bob);
    const before = await world.post(ada, "before");
    const warm = await world.scroll(ada);
    expect(warm[0]).toBe(before);
    down = true;
    const refused = await post(world, ada);
    expect([refused.status, refused.body.code]).toEqual([503, "unavailable"]);
    expect(refused.headers.get("retry-after")).toBe(String(RETRY_AFTER_S));
    expect(await world.scroll(ada)).toEqual(warm);
    expect((await post(world, bob)).status).toBe(201);
    expect((await world.call("GET", `/v1/posts/${before}`)).status).toBe(503);
    down = false;
    expect((await post(world, ada)).status).toBe(201);
    expect(await world.scroll(ada)).toHaveLength(warm.length + 1);
  });

  it("gets a second call if a connection was lost once", async () => {
    let losses = 0;
    const database = watchedDatabase(env.DB_0, () => {
      if (losses-- > 0) throw new Error("D1_ERROR: Network connection lost.");
    });
    const world = new World({ DB_0: database });
    const ada = await accountIn(0, world);
    losses = 1;
    expect((await post(world, ada)).status).toBe(201);
  });
});

describe("a home timeline that is down", () => {
  it("is a 503 for its reader, but no post is refused or lost for it", async () => {
    let down = false;
    const homes = failingHomes(env.HOME_TIMELINE, () =>
      down ? new Error("internal error; reference = e8h2") : null,
    );
    const world = new World({ HOME_TIMELINE: homes });
    const [ada, bob] = [await world.account(), await world.account()];
    await world.follow(bob, ada);
    await world.scroll(ada);
    down = true;
    const read = await timeline(world, ada);
    expect([read.status, read.body.code]).toEqual([503, "unavailable"]);
    expect(read.headers.get("retry-after")).toBe(String(RETRY_AFTER_S));
    expect(JSON.stringify(read.body)).not.toContain("e8h2");
    const { status, body } = await post<{ id: string }>(world, ada);
    expect(status).toBe(201);
    down = false;
    await world.drain();
    expect(await world.scroll(ada)).toEqual([body.id]);
    expect(await world.scroll(bob)).toEqual([body.id]);
  });

  it("is a 503 for a follow, which completes when the timeline is back", async () => {
    let down = false;
    const homes = failingHomes(env.HOME_TIMELINE, () => (down ? new Error("overloaded") : null));
    const world = new World({ HOME_TIMELINE: homes });
    const [ada, bob] = [await world.account(), await world.account()];
    const id = await world.post(ada, "hello");
    expect(await world.scroll(bob)).toEqual([]);
    down = true;
    const path = `/v1/users/${ada.user.id}/follow`;
    expect((await world.call("PUT", path, { token: bob.token })).status).toBe(503);
    down = false;
    expect(await world.sweep(60_000)).toBeGreaterThan(0);
    await world.drain();
    expect(await world.scroll(bob)).toEqual([id]);
  });
});

describe("an unexpected error", () => {
  it.each([
    new Error("SELECT password_hash FROM users WHERE secret = 'hunter2'"),
    new Error('D1_ERROR: near "FORM": syntax error at offset 7: SQLITE_ERROR'),
  ])("is a 500 without any detail of it (%s)", async (thrown) => {
    let broken = false;
    const [first, second] = [env.DB_0, env.DB_1].map((database) =>
      watchedDatabase(database, () => {
        if (broken) throw thrown;
      }),
    );
    if (first === undefined || second === undefined) throw new Error("there are two databases");
    const world = new World({ DB_0: first, DB_1: second });
    const ada = await world.account();
    broken = true;
    const calls = [
      await post(world, ada),
      await world.call<Problem>("GET", "/v1/me", { token: ada.token }),
      await world.call<Problem>("GET", `/v1/users/@${ada.user.handle}`),
      await world.call<Problem>("POST", "/v1/sessions", {
        body: { handle: "ada", password: "long enough" },
      }),
    ];
    for (const { status, body } of calls) {
      expect([status, body.code]).toEqual([500, "internal"]);
      expect(JSON.stringify(body)).not.toMatch(/select|hunter2|sqlite|d1_|syntax|\.ts|\bat /i);
      expect(Object.keys(body).sort()).toEqual([
        "code",
        "detail",
        "requestId",
        "status",
        "title",
        "type",
      ]);
    }
  });

  it("is a 500 without any detail of an invalid configuration", async () => {
    const world = new World();
    const wrong = { ...world.env, SIGNING_KEY: "c2hvcnQ=" };
    const response = await createApp().fetch(new Request("http://skein.test/v1/me"), wrong);
    expect(response.status).toBe(500);
    expect(response.headers.get("x-request-id")).not.toBeNull();
    expect(await response.text()).not.toMatch(/SIGNING_KEY|c2hvcnQ|wrangler/);
  });
});

describe("every response", () => {
  it("has its own id, which a problem repeats", async () => {
    const world = new World();
    const answers = [
      await world.call<Problem>("GET", "/healthz"),
      await world.call<Problem>("GET", "/v1/nowhere"),
      await world.call<Problem>("GET", "/nowhere"),
      await world.call<Problem>("POST", "/v1/me"),
      await world.call<Problem>("GET", "/v1/me"),
      await world.call<Problem>("GET", "/v1/me", { token: "garbage" }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 404, 404, 401, 401]);
    const ids = answers.map(({ headers }) => headers.get("x-request-id"));
    expect(new Set(ids).size).toBe(answers.length);
    expect(answers.slice(1).map(({ body }) => body.requestId)).toEqual(ids.slice(1));
  });

  it("has the network's id if there is one", async () => {
    const headers = { "cf-ray": "8f1a2b3c4d5e6f70-FRA" };
    const answer = await new World().call("GET", "/healthz", { headers });
    expect(answer.headers.get("x-request-id")).toBe(headers["cf-ray"]);
  });

  it("of the timeline has the times of its stages", async () => {
    const world = new World();
    const ada = await world.account();
    const { headers } = await timeline(world, ada);
    expect(headers.get("server-timing")).toMatch(/^home;dur=\d+\.\d, counts;dur=\d+\.\d$/);
  });
});

describe("GET /healthz", () => {
  it("answers without a store, but not without a configuration", async () => {
    const world = new World();
    const { body } = await world.call("GET", "/healthz");
    expect(body).toEqual({ status: "ok", version });
    const ask = (bindings: object) =>
      createApp().fetch(new Request("http://skein.test/healthz"), { ...bindings });
    const { DB_0: _, DB_1: __, ...bare } = world.env;
    expect((await ask(bare)).status).toBe(200);
    expect((await ask({ ...bare, SIGNING_KEY: "short" })).status).toBe(500);
  });
});

describe("pages of other origins", () => {
  const world = new World({ ALLOWED_ORIGINS: "self https://app.test" });
  const send = (method: string, origin: string, headers: Record<string, string> = {}) =>
    createApp().fetch(
      new Request("http://skein.test/v1/me", { method, headers: { origin, ...headers } }),
      world.env,
    );
  const preflight = {
    "access-control-request-method": "PUT",
    "access-control-request-headers": "authorization, content-type, idempotency-key",
  };

  it.each(["http://skein.test", "https://app.test"])("may call it from %s", async (origin) => {
    const asked = await send("OPTIONS", origin, preflight);
    expect(asked.status).toBe(204);
    expect(asked.headers.get("access-control-allow-origin")).toBe(origin);
    expect(asked.headers.get("access-control-allow-methods")).toMatch(/PUT.*DELETE/);
    for (const header of ["authorization", "content-type", "idempotency-key"]) {
      expect(asked.headers.get("access-control-allow-headers")?.toLowerCase()).toContain(header);
    }
    expect(asked.headers.get("x-request-id")).not.toBeNull();
    // A page must be able to read a problem too.
    const answer = await send("GET", origin);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
    expect(answer.headers.get("access-control-expose-headers")).toContain("x-request-id");
    expect(answer.headers.get("vary")?.toLowerCase()).toContain("origin");
  });

  it.each([
    "https://elsewhere.test",
    "https://app.test.elsewhere.test",
    "http://app.test",
    "https://app.test:8443",
    "null",
  ])("may not from %s", async (origin) => {
    for (const response of [await send("OPTIONS", origin, preflight), await send("GET", origin)]) {
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
      expect(response.headers.get("access-control-allow-credentials")).toBeNull();
    }
  });
});

it("a request with thousands of unknown fields gets a short answer", async () => {
  const query = Array.from({ length: 3_000 }, (_, n) => `unknown_${n}=1`).join("&");
  const { status, body } = await new World().call<Problem>("GET", `/v1/users/@ada?${query}`);
  expect(status).toBe(400);
  expect(JSON.stringify(body).length).toBeLessThan(5_000);
});

describe("what is logged of a failure", () => {
  it("has no parameter of a failed query, and no address from a path", async () => {
    const broken = watchedDatabase(env.DB_0, () => {
      throw new Error("D1_ERROR: no such column: SQLITE_ERROR");
    });
    const world = new World({ DB_0: broken, DB_1: broken });
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const body = { handle: "ada@example.org", password: "long enough" };
    expect((await world.call("GET", "/v1/users/@ada@example.org")).status).toBe(500);
    expect((await world.call("POST", "/v1/sessions", { body })).status).toBe(500);
    const text = JSON.stringify(logged.mock.calls);
    logged.mockRestore();
    expect(text).toContain("no such column");
    expect(text).not.toContain("example.org");
  });
});
