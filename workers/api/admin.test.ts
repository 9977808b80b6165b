import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { type Id, idBucket, makeId } from "../../feed/ids.ts";
import type { FanoutJob } from "../../feed/delivery/jobs.ts";
import { DEAD_LETTERS_PAGE } from "../../feed/limits.ts";
import type { Problem, Session, User } from "../../feed/wire.ts";
import { countingLimit } from "../../test/workerd/doubles.ts";
import { countLetters } from "../../test/all-shards.ts";
import { countRows } from "../../test/workerd/state.ts";
import { World } from "../../test/workerd/world.ts";
import { createApp } from "./app.ts";

const ADMIN = { authorization: `Bearer ${env.ADMIN_TOKEN}` };
const ADDRESSES = [
  ["POST", "/v1/admin/tokens"],
  ["POST", "/v1/admin/import"],
  ["GET", "/v1/admin/dead-letters"],
  ["POST", "/v1/admin/dead-letters/retry"],
] as const;

interface Letters {
  items: { id: string; at: string; reason: string; job: unknown }[];
  next: string | null;
}

describe("administration", () => {
  it("answers 404 without a configured ADMIN_TOKEN", async () => {
    const bare = { ...new World().env };
    Reflect.deleteProperty(bare, "ADMIN_TOKEN");
    for (const [method, path] of ADDRESSES) {
      for (const headers of [{}, ADMIN, { authorization: "Bearer undefined" }]) {
        const request = new Request(`http://skein.test${path}`, { method, headers });
        const response = await createApp().fetch(request, bare);
        expect(response.status).toBe(404);
        expect((await response.json<Problem>()).code).toBe("not_found");
      }
    }
  });

  it("accepts only the whole token", async () => {
    const world = new World();
    const wrong = [
      env.ADMIN_TOKEN.slice(0, -1),
      `${env.ADMIN_TOKEN}x`,
      env.ADMIN_TOKEN.toUpperCase(),
      "",
      "undefined",
    ];
    for (const token of wrong) {
      const { status, body } = await world.call<Problem>("GET", "/v1/admin/dead-letters", {
        token,
      });
      expect([status, body.code]).toEqual([401, "unauthenticated"]);
    }
  });

  it("limits who tries tokens like who tries passwords, however often, and whose is right goes on", async () => {
    const LIMIT_SIGN_IN = countingLimit(20);
    const LIMIT_ADDRESS = countingLimit(10_000);
    const world = new World({ RATE_LIMITS: "on", LIMIT_SIGN_IN, LIMIT_ADDRESS });
    const read = (token: string, ip: string) =>
      world.call("GET", "/v1/admin/dead-letters", { token, headers: { "cf-connecting-ip": ip } });
    expect((await read(env.ADMIN_TOKEN, "192.0.2.1")).status).toBe(200);
    const statuses: number[] = [];
    for (let n = 0; n < 400; n++) {
      statuses.push((await read(`a-wrong-admin-token-${n}`, "2001:db8::" + n)).status);
    }
    expect(statuses.filter((status) => status === 401)).toHaveLength(20);
    expect(statuses.slice(20).every((status) => status === 429)).toBe(true);
    for (let n = 0; n < 30; n++) {
      expect((await read(env.ADMIN_TOKEN, "192.0.2.1")).status).toBe(200);
    }
    expect(LIMIT_SIGN_IN.keys.filter((key) => key === "192.0.2.1")).toHaveLength(1);
  });

  it("refuses an import without a body", async () => {
    const world = new World();
    const { status, body } = await world.call<Problem>("POST", "/v1/admin/import", {
      headers: ADMIN,
    });
    expect([status, body.code]).toEqual([400, "invalid_request"]);
  });

  it("answers 404 for other addresses, not 401", async () => {
    const world = new World();
    for (const path of ["/v1/admin", "/v1/admin/", "/v1/admin/nowhere", "/v1/admin/import/x"]) {
      expect((await world.call("POST", path, { headers: ADMIN })).status, path).toBe(404);
    }
  });
});

describe("POST /v1/admin/tokens", () => {
  it("makes a token for the account, in any case of the handle", async () => {
    const world = new World();
    await world.import([{ user: { handle: "ada", name: "Ada" } }]);
    const { status, body } = await world.call<Session>("POST", "/v1/admin/tokens", {
      headers: ADMIN,
      body: { handle: "ADA" },
    });
    expect(status).toBe(201);
    expect(body.user).toMatchObject({ handle: "ada", name: "Ada" });
    const me = await world.call<User>("GET", "/v1/me", { token: body.token });
    expect(me.body.id).toBe(body.user.id);
  });
});

describe("dead letters", () => {
  function list(world: World, query = "") {
    return world.call<Letters>("GET", `/v1/admin/dead-letters${query}`, { headers: ADMIN });
  }

  function retry(world: World, query = "") {
    const path = `/v1/admin/dead-letters/retry${query}`;
    return world.call<{ retried: number; next: string | null }>("POST", path, { headers: ADMIN });
  }

  function shardOf(id: Id): number {
    return idBucket(id) % 2;
  }

  function letterOf(n: number, author: string) {
    const id = makeId(Date.now() - 10_000 + n, n % 1024, n);
    const job: FanoutJob = {
      v: 1,
      kind: "fanout",
      id,
      part: 0,
      attempt: 6,
      author,
      range: [0, 1023],
      change: { kind: "remove", id },
    };
    return { id, reason: "a test", body: job };
  }

  it("are listed by shard, oldest first in each, and start over with their first attempt when they are retried", async () => {
    const world = new World();
    const ada = await world.account();
    const letters = Array.from({ length: DEAD_LETTERS_PAGE + 20 }, (_, n) =>
      letterOf(n, ada.user.id),
    );
    const strange = {
      id: makeId(Date.now(), 3, 0),
      reason: "unknown form of message",
      body: { v: 9 },
    };
    await world.deps.store.deadLetters.keep([...letters, strange]);

    const inOrder = [...letters, strange].toSorted((a, b) => shardOf(a.id) - shardOf(b.id));
    const { body: first } = await list(world);
    expect(first.items).toHaveLength(DEAD_LETTERS_PAGE);
    expect(await countLetters(world.deps.store)).toBe(letters.length + 1);
    expect(first.items[0]).toEqual({
      id: letters[0]?.id,
      at: first.items[0]?.at,
      reason: "a test",
      job: letters[0]?.body,
    });
    const { body: second } = await list(world, `?cursor=${first.next}`);
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(
      inOrder.map(({ id }) => id),
    );
    expect(second.next).toBeNull();

    const { body: some } = await retry(world);
    expect(some.retried).toBe(DEAD_LETTERS_PAGE);
    const { body: others } = await retry(world, `?cursor=${some.next}`);
    expect(others).toEqual({ retried: letters.length - DEAD_LETTERS_PAGE, next: null });
    expect(await countLetters(world.deps.store)).toBe(1);
    expect(world.held.map(({ body }) => body)).toEqual(
      expect.arrayContaining([{ ...letters[0]?.body, attempt: 0 }]),
    );
    expect(await countRows(world, "outbox")).toBe(letters.length);
    expect((await list(world)).body.items.map(({ reason }) => reason)).toEqual([strange.reason]);
    await world.drain();
    expect(await countRows(world, "outbox")).toBe(0);
    expect((await retry(world)).body).toEqual({ retried: 0, next: null });
    expect(await countLetters(world.deps.store)).toBe(1);
  });

  it("are listed to an empty end by a cursor beyond the last shard", async () => {
    const { body } = await list(new World(), `?cursor=9999.${makeId(0, 0, 0)}`);
    expect(body).toEqual({ items: [], next: null });
  });
});
