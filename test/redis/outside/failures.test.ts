/** The built Worker over HTTP, on a Redis that dies, refuses writes, is full, or is slow. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { RETRY_AFTER_S } from "../../../feed/limits.ts";
import { problemSchema, sessionSchema, timelineSchema } from "../../../feed/wire.ts";
import { type Bridge, startBridge } from "../../../scripts/redis/bridge.ts";
import { RedisConnection } from "../../../scripts/redis/connection.ts";
import { RedisServer } from "../../../scripts/redis/server.ts";
import { type Server, startServer } from "../../outside/server.ts";
import { eventually } from "../../eventually.ts";

const TOKEN = "a-token-for-tests";
const POSTS = 120;
const AT_ONCE = 8;
const HEALED_WITHIN_MS = 40_000;
const TEST_TIMEOUT_MS = 120_000;

let data: string;
let redis: RedisServer;
let bridge: Bridge;
let server: Server;
/** A connection to Redis beside the bridge's, which a pause of writes blocks. */
let aside: RedisConnection;
const tokens = new Map<string, string>();

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "skein-failures-"));
  redis = new RedisServer(data);
  await redis.start();
  bridge = await startBridge({ redis: { path: redis.socket }, token: TOKEN, port: 0 });
  aside = new RedisConnection({ path: redis.socket });
  await aside.open();
  server = await startServer({
    STORE: "upstash",
    UPSTASH_REDIS_REST_URL: bridge.url,
    UPSTASH_REDIS_REST_TOKEN: TOKEN,
  });
}, TEST_TIMEOUT_MS);
afterEach(async () => {
  bridge.delay(0);
  await aside.send(["CLIENT", "UNPAUSE"]);
  await aside.send(["CONFIG", "SET", "maxmemory", "0"]);
});
afterAll(async () => {
  await server.close();
  await aside.close();
  await bridge.close();
  await redis.stop("SIGKILL");
  await rm(data, { recursive: true, force: true });
}, TEST_TIMEOUT_MS);

/** Creates an author and a reader who follows them, signs both in, and warms the reader's timeline. */
async function twoAccounts(name: string): Promise<{ author: string; reader: string }> {
  const [author, reader] = [`${name}_author`, `${name}_reader`];
  await server.importLines([
    { user: { handle: author } },
    { user: { handle: reader } },
    { follow: [reader, author] },
  ]);
  for (const handle of [author, reader]) {
    const { body } = await server.call("POST", "/v1/admin/tokens", {
      headers: { authorization: `Bearer ${server.adminToken}` },
      body: { handle },
    });
    tokens.set(handle, sessionSchema.parse(body).token);
  }
  expect(await scroll(reader)).toEqual([]);
  return { author, reader };
}

function as(handle: string): { token: string } {
  return { token: tokens.get(handle) ?? "" };
}

async function post(author: string, text: string): Promise<{ status: number; body: unknown }> {
  return server.call("POST", "/v1/posts", { ...as(author), body: { text } });
}

async function all(path: string, handle: string): Promise<string[]> {
  const ids: string[] = [];
  let cursor = "";
  for (;;) {
    const { status, body } = await server.call("GET", `${path}limit=100${cursor}`, as(handle));
    if (status !== 200) throw new Error(`${path} answered ${status}`);
    const page = timelineSchema.pick({ items: true, next: true }).parse(body);
    ids.push(...page.items.map((item) => item.post.id));
    if (page.next === null) return ids;
    cursor = `&cursor=${page.next}`;
  }
}

const scroll = (reader: string) => all("/v1/timeline?order=latest&", reader);
const written = (author: string) => all(`/v1/users/@${author}/posts?`, author);

function expectUnavailable({ status, body }: { status: number; body: unknown }): void {
  expect([status, problemSchema.parse(body).code]).toEqual([503, "unavailable"]);
}

function idOf(body: unknown): string {
  return typeof body === "object" && body !== null && "id" in body ? String(body.id) : "";
}

/** Waits until the reader sees every stored post once, the outbox is empty, and the counts agree. */
async function expectWhole(author: string, reader: string, promised: readonly string[]) {
  await vi.waitFor(
    async () => {
      await server.sweep();
      const stored = await written(author);
      expect(stored).toEqual(expect.arrayContaining([...promised]));
      expect(await scroll(reader)).toEqual(stored);
      expect(new Set(stored).size).toBe(stored.length);
      const { body } = await server.call("GET", `/v1/users/@${author}`, as(author));
      expect(body).toMatchObject({ counts: { posts: stored.length } });
      expect(await aside.send(["ZCARD", "outbox"])).toBe(0);
    },
    { timeout: HEALED_WITHIN_MS, interval: 500 },
  );
}

describe("Skein on Redis", { timeout: TEST_TIMEOUT_MS }, () => {
  it("delivers every answered post once, after Redis was killed during posts and restarted", async () => {
    const { author, reader } = await twoAccounts("killed");
    const promised: string[] = [];
    const refused: { status: number; body: unknown }[] = [];
    let next = 0;
    let death: Promise<void> | undefined;
    const work = async () => {
      while (next < POSTS) {
        const n = next++;
        const answer = await post(author, `post ${n}`);
        if (answer.status === 201) promised.push(idOf(answer.body));
        else refused.push(answer);
        if (promised.length === POSTS / 3) death ??= redis.stop("SIGKILL");
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    await death;
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused) expectUnavailable(answer);
    // Warm reads work without Redis; other requests are refused.
    expect((await server.call("GET", "/v1/timeline?order=latest", as(reader))).status).toBe(200);
    expectUnavailable(await server.call("GET", `/v1/users/@${author}`, as(author)));
    await redis.start();
    await eventually(async () => {
      const answer = await post(author, "after the restart");
      expect(answer.status).toBe(201);
      promised.push(idOf(answer.body));
    });
    await expectWhole(author, reader, promised);
  });

  it("answers writes with 503 and Retry-After while Redis refuses them, and serves warm reads", async () => {
    const { author, reader } = await twoAccounts("paused");
    const before = idOf((await post(author, "before")).body);
    await expectWhole(author, reader, [before]);
    await aside.send(["CLIENT", "PAUSE", "600000", "WRITE"]);
    const url = new URL("/v1/posts", server.url);
    const refused = await fetch(url, {
      method: "POST",
      headers: {
        authorization: `Bearer ${as(author).token}`,
        "content-type": "application/json",
        "idempotency-key": "once",
      },
      body: JSON.stringify({ text: "while paused" }),
    });
    expect(refused.headers.get("retry-after")).toBe(String(RETRY_AFTER_S));
    expectUnavailable({ status: refused.status, body: await refused.json() });
    expect(await scroll(reader)).toEqual([before]);
    await aside.send(["CLIENT", "UNPAUSE"]);
    const again = await server.call("POST", "/v1/posts", {
      ...as(author),
      headers: { "idempotency-key": "once" },
      body: { text: "while paused" },
    });
    expect(again.status).toBe(201);
    await expectWhole(author, reader, [before, idOf(again.body)]);
    expect(await written(author)).toHaveLength(2);
  });

  it("refuses a post as a whole while Redis is full, and still serves reads", async () => {
    const { author, reader } = await twoAccounts("full");
    const before = idOf((await post(author, "before")).body);
    await expectWhole(author, reader, [before]);
    await aside.send(["CONFIG", "SET", "maxmemory", "1mb"]);
    for (let n = 0; n < 5; n++) expectUnavailable(await post(author, `refused ${n}`));
    expectUnavailable(await server.call("DELETE", `/v1/posts/${before}`, as(author)));
    expect(await scroll(reader)).toEqual([before]);
    expect(await written(author)).toEqual([before]);
    expect(await aside.send(["ZCARD", "outbox"])).toBe(0);
    await aside.send(["CONFIG", "SET", "maxmemory", "0"]);
    const after = idOf((await post(author, "after")).body);
    await expectWhole(author, reader, [before, after]);
    expect(await written(author)).toEqual([after, before]);
  });

  it("waits for a slow Redis, and answers 503 if it is too slow", async () => {
    const { author, reader } = await twoAccounts("slow");
    bridge.delay(300);
    const slowly = await post(author, "slowly");
    expect(slowly.status).toBe(201);
    bridge.delay(20_000);
    expectUnavailable(await post(author, "too slowly"));
    const warm = await server.call("GET", "/v1/timeline?order=latest", as(reader));
    expect(warm.status).toBe(200);
    bridge.delay(0);
    await expectWhole(author, reader, [idOf(slowly.body)]);
  });
});
