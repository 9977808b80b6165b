/** The limits on the rates of requests. */
import { createExecutionContext } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { RATE_LIMIT_PERIOD_S } from "../../feed/limits.ts";
import type { Problem, Session, Timeline } from "../../feed/wire.ts";
import { countingLimit } from "../../test/workerd/doubles.ts";
import { World } from "../../test/workerd/world.ts";
import { createApp } from "./app.ts";

function post(world: World, author: Session) {
  return world.call<Problem>("POST", "/v1/posts", { token: author.token, body: { text: "hello" } });
}

function timeline(world: World, viewer: Session) {
  const path = "/v1/timeline?order=latest";
  return world.call<Problem>("GET", path, { token: viewer.token });
}

describe("rate limits", () => {
  const address = (ip: string) => ({ "cf-connecting-ip": ip });

  function limited(allowed: number) {
    const limits = {
      LIMIT_READS: countingLimit(allowed),
      LIMIT_WRITES: countingLimit(allowed),
      LIMIT_SIGN_IN: countingLimit(allowed),
    };
    return { limits, world: new World({ RATE_LIMITS: "on", ...limits }) };
  }

  it("bound the reads and the writes of an account, each by itself", async () => {
    const { limits, world } = limited(2);
    const [ada, bob] = [await world.account(), await world.account()];
    const id = await world.post(ada, "hello");
    await world.post(ada, "hello again");
    const refused = await post(world, ada);
    expect([refused.status, refused.body.code]).toEqual([429, "rate_limited"]);
    expect(refused.headers.get("retry-after")).toBe(String(RATE_LIMIT_PERIOD_S));
    expect((await world.call("DELETE", `/v1/posts/${id}`, { token: ada.token })).status).toBe(429);
    expect((await post(world, bob)).status).toBe(201);
    expect(await world.scroll(ada)).toHaveLength(2);
    expect((await timeline(world, ada)).status).toBe(200);
    expect((await timeline(world, ada)).status).toBe(429);
    expect((await timeline(world, bob)).status).toBe(200);
    expect(new Set(limits.LIMIT_WRITES.keys)).toEqual(new Set([ada.user.id, bob.user.id]));
  });

  it("bound the pages below the hot window by themselves", async () => {
    const LIMIT_ARCHIVE = countingLimit(1);
    const world = new World({ RATE_LIMITS: "on", TIMELINE_MAX: "2", LIMIT_ARCHIVE });
    const ada = await world.account();
    for (let n = 0; n < 5; n++) await world.post(ada, `number ${n}`);
    const page = (cursor: string) =>
      world.call<Timeline & Problem>("GET", `/v1/timeline?order=latest&limit=1${cursor}`, ada);
    const first = await page("");
    expect([first.status, LIMIT_ARCHIVE.keys]).toEqual([200, []]);
    const second = await page(`&cursor=${first.body.next}`);
    const third = `&cursor=${second.body.next}`;
    while (LIMIT_ARCHIVE.keys.length === 0) expect((await page(third)).status).toBe(200);
    const refused = await page(third);
    expect([refused.status, refused.body.code]).toEqual([429, "rate_limited"]);
    expect(refused.headers.get("retry-after")).toBe(String(RATE_LIMIT_PERIOD_S));
    expect(LIMIT_ARCHIVE.keys).toEqual([ada.user.id, ada.user.id]);
    expect((await page("")).status).toBe(200);
  });

  it("count HEAD as a read, not as a write", async () => {
    const { limits, world } = limited(5);
    const ada = await world.account();
    const request = new Request("http://skein.test/v1/timeline", {
      method: "HEAD",
      headers: { authorization: `Bearer ${ada.token}` },
    });
    const answer = await createApp().fetch(request, world.env, createExecutionContext());
    expect([answer.status, await answer.text()]).toEqual([200, ""]);
    expect(limits.LIMIT_READS.keys).toEqual([ada.user.id]);
    expect(limits.LIMIT_WRITES.keys).toEqual([]);
  });

  it("bound an address that sends no token", async () => {
    const { world } = limited(2);
    const read = (ip: string) => world.call("GET", "/v1/users/@nobody", { headers: address(ip) });
    const statuses = [];
    const addresses = ["2001:db8::1", "2001:db8::1", "2001:db8::1", "2001:db8:0:1::1"];
    for (const ip of addresses) statuses.push((await read(ip)).status);
    expect(statuses).toEqual([404, 404, 429, 404]);
  });

  it("count all addresses of an IPv6 network of one customer as one", async () => {
    const { world } = limited(30);
    const statuses = new Map<number, number>();
    for (let n = 0; n < 40; n++) {
      const ip = `2001:db8:0:7:${n.toString(16)}::${((n * 7919) % 65_536).toString(16)}`;
      const { status } = await world.call("GET", "/v1/users/@nobody", { headers: address(ip) });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([...statuses]).toEqual([
      [404, 30],
      [429, 10],
    ]);
  });

  it("bound every request of an address before its token, its route or its body is looked at", async () => {
    const LIMIT_ADDRESS = countingLimit(3);
    const world = new World({ RATE_LIMITS: "on", LIMIT_ADDRESS });
    const ada = await world.account();
    LIMIT_ADDRESS.keys.length = 0;
    const headers = address("198.51.100.7");
    const send = (token: string, body: unknown) =>
      world.call<Problem>("POST", "/v1/posts", { token, body, headers });
    expect((await send(ada.token, { text: "hello" })).status).toBe(201);
    expect((await send("no token", { text: "hello" })).status).toBe(401);
    expect((await send(ada.token, { not: "a post" })).status).toBe(400);
    for (const [token, body] of [
      [ada.token, { text: "hello" }],
      ["no token", { text: "hello" }],
      [ada.token, { not: "a post" }],
    ] as const) {
      const refused = await send(token, body);
      expect([refused.status, refused.body.code]).toEqual([429, "rate_limited"]);
      expect(refused.headers.get("retry-after")).toBe(String(RATE_LIMIT_PERIOD_S));
    }
    expect(new Set(LIMIT_ADDRESS.keys)).toEqual(new Set(["198.51.100.7"]));
    expect((await timeline(world, ada)).status).toBe(200);
  });

  it("bound the tokens of an address that are refused, as a header and as a subprotocol", async () => {
    const LIMIT_REFUSED = countingLimit(3);
    const world = new World({ RATE_LIMITS: "on", LIMIT_REFUSED });
    const ada = await world.account();
    const headers = address("198.51.100.8");
    const guess = (token: string) => world.call("GET", "/v1/me", { token, headers });
    const statuses = [];
    for (let n = 0; n < 5; n++) statuses.push((await guess(`${ada.token}${n}`)).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    const socket = await world.call("GET", "/v1/live", {
      headers: {
        ...headers,
        upgrade: "websocket",
        "sec-websocket-protocol": `skein.v1, bearer.${ada.token}x`,
      },
    });
    expect(socket.status).toBe(429);
    expect((await guess(ada.token)).status).toBe(200);
    expect(LIMIT_REFUSED.keys).toHaveLength(6);
  });

  it("bound an address that tries passwords, before any work is done", async () => {
    const { limits, world } = limited(100);
    limits.LIMIT_SIGN_IN = countingLimit(0);
    const strict = new World({ ...world.env, ...limits });
    for (const path of ["/v1/sessions", "/v1/accounts"]) {
      const { status, body } = await strict.call<Problem>("POST", path, {
        body: { handle: "ada", password: "long enough" },
        headers: address("203.0.113.3"),
      });
      expect([status, body.code]).toEqual([429, "rate_limited"]);
    }
    expect(limits.LIMIT_SIGN_IN.keys).toEqual(["203.0.113.3", "203.0.113.3"]);
  });

  it("are the platform's, unless RATE_LIMITS is off", async () => {
    const attempt = async (world: World) =>
      (await world.call("POST", "/v1/sessions", { body: {}, headers: address("2001:db8:0:4::") }))
        .status;
    const on = new World({ RATE_LIMITS: "on" });
    const statuses = [];
    for (let n = 0; n < 25; n++) statuses.push(await attempt(on));
    expect(statuses.indexOf(429)).toBe(20);
    expect(await attempt(new World({ RATE_LIMITS: "off" }))).toBe(400);
  });
});
