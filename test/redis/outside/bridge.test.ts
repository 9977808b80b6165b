/** The bridge to Redis, with `@upstash/redis` and plain requests as its clients, over its own Redis. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "@upstash/redis/cloudflare";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Bridge, startBridge } from "../../../scripts/redis/bridge.ts";
import { RedisServer } from "../../../scripts/redis/server.ts";
import { eventually } from "../../eventually.ts";

const TOKEN = "a-token-with-/+=-in-it";

let data: string;
let server: RedisServer;
let bridge: Bridge;
let redis: Redis;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "skein-bridge-"));
  server = new RedisServer(data);
  await server.start();
  bridge = await startBridge({ redis: { path: server.socket }, token: TOKEN, port: 0 });
});
afterAll(async () => {
  await bridge.close();
  await server.stop();
  await rm(data, { recursive: true, force: true });
});
beforeEach(async () => {
  redis = clientWith({});
  await redis.flushall();
});

function clientWith(options: { responseEncoding?: false; token?: string }): Redis {
  const { url, token } = bridge;
  return new Redis({
    url,
    token,
    automaticDeserialization: false,
    enableTelemetry: false,
    retry: false,
    ...options,
  });
}

/** Sends a request without the client. */
async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(bridge.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json(), headers: answer.headers };
}

/** Matches an answer whose error matches a text. */
function errorLike(text: string | RegExp): { error: unknown } {
  return { error: expect.stringMatching(text) };
}

const ODD_TEXTS = ["OK", "", "null", "12", '"quoted"', "é 👨‍👩‍👧 \u0000 \ufeff x", "[1,2]", "T0s="];

describe("the bridge to Redis, through @upstash/redis", () => {
  it.each([undefined, false] as const)(
    "returns every text unchanged (responseEncoding %s)",
    async (set) => {
      const client = clientWith(set === undefined ? {} : { responseEncoding: set });
      for (const text of ODD_TEXTS) {
        await client.set("key", text);
        expect(await client.get("key")).toBe(text);
        const script = "return { ARGV[1], { ARGV[1], false, 7 }, false, -1 }";
        expect(await client.eval(script, [], [text])).toEqual([text, [text, null, 7], null, -1]);
      }
      expect(await client.get("nothing")).toBeNull();
    },
  );

  it("runs scripts by their hash in a pipeline, and answers NOSCRIPT for an unknown hash", async () => {
    const source = "return redis.call('INCRBY', ARGV[1], ARGV[2])";
    const sha = await redis.scriptLoad(source);
    const pipeline = redis.pipeline();
    pipeline.evalsha(sha, [], ["counter", 5]);
    pipeline.evalsha("0".repeat(40), [], []);
    pipeline.eval("return redis.call('HGET', ARGV[1], 'x')", [], ["counter"]);
    pipeline.evalsha(sha, [], ["counter", 2]);
    const answers = await pipeline.exec<unknown[]>({ keepErrors: true });
    expect(answers.map(({ result }) => result)).toMatchObject([5, undefined, undefined, 7]);
    expect(answers[1]?.error).toContain("NOSCRIPT");
    expect(answers[2]?.error).toContain("WRONGTYPE");
  });

  it("runs a transaction as a whole, and nothing of one with an invalid command", async () => {
    const both = redis.multi();
    both.set("a", "1");
    both.incr("a");
    expect(await both.exec()).toEqual(["OK", 2]);
    const { status, body } = await post("/multi-exec", [["SET", "a", "9"], ["NO-SUCH"]]);
    expect([status, body]).toEqual([400, errorLike("EXECABORT")]);
    expect(await redis.get("a")).toBe("2");
    const mixed = await post("/multi-exec", [
      ["LPUSH", "a", "x"],
      ["GET", "a"],
    ]);
    expect(mixed.body).toEqual([errorLike("WRONGTYPE"), { result: "2" }]);
  });

  it("isolates concurrent transactions of several callers", async () => {
    const rounds = Array.from({ length: 40 }, (_, n) => {
      const transaction = redis.multi();
      transaction.set("mine", String(n));
      transaction.get("mine");
      return transaction.exec<["OK", string]>();
    });
    const seen = (await Promise.all(rounds)).map(([, mine]) => mine);
    expect(seen).toEqual(rounds.map((_, n) => String(n)));
  });

  it("sends a new sync token with every answer, and the client returns it with its next request", async () => {
    const sent: (string | null)[] = [];
    const real = globalThis.fetch;
    vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
      sent.push(new Headers(init.headers).get("upstash-sync-token"));
      return real(url, init);
    });
    try {
      const fresh = clientWith({});
      for (let n = 0; n < 3; n++) await fresh.set("key", String(n));
    } finally {
      vi.unstubAllGlobals();
    }
    expect(sent[0]).toBe("");
    expect(sent[1]).toMatch(/./);
    expect(new Set(sent).size).toBe(3);
  });
});

describe("the bridge to Redis, given a bad request", () => {
  it("answers 401 without the token, or with another one", async () => {
    const answers = [
      await post("/", ["PING"], { authorization: "" }),
      await post("/", ["PING"], { authorization: "Bearer another" }),
      await post("/pipeline", [["PING"]], { authorization: `Basic ${TOKEN}` }),
    ];
    for (const { status, body } of answers) {
      expect([status, body]).toEqual([401, { error: "Unauthorized" }]);
    }
    await expect(clientWith({ token: "another" }).get("key")).rejects.toThrow("Unauthorized");
  });

  it.each([
    ["/", "no json"],
    ["/", {}],
    ["/", []],
    ["/", [["GET", "x"]]],
    ["/pipeline", ["GET", "x"]],
    ["/pipeline", []],
    ["/multi-exec", [[]]],
    ["/", ["NO-SUCH", "x"]],
    ["/", ["GET"]],
    ["/", ["SUBSCRIBE", "x"]],
  ])("answers 400 with an ERR message (%s %j)", async (path, body) => {
    const answer = await post(path, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(errorLike(/^ERR /));
  });

  it("answers 400 for a request larger than Upstash's limit", async () => {
    const most = 1_048_576 - '["SET","key",""]'.length;
    expect((await post("/", ["SET", "key", "x".repeat(most)])).status).toBe(200);
    const over = await post("/", ["SET", "key", "x".repeat(most + 1)]);
    expect([over.status, over.body]).toEqual([400, errorLike("max request size exceeded")]);
  });
});

it("the bridge answers 503 while Redis is down, and works again with all data once Redis restarts", async () => {
  await redis.set("kept", "yes");
  await server.stop("SIGKILL");
  expect((await post("/", ["GET", "kept"])).status).toBe(503);
  expect((await post("/pipeline", [["GET", "kept"]])).status).toBe(503);
  expect((await post("/multi-exec", [["GET", "kept"]])).status).toBe(503);
  await server.start();
  await eventually(async () => {
    expect((await post("/", ["GET", "kept"])).body).toEqual({ result: "yes" });
  });
});
