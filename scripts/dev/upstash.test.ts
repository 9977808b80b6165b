import { createServer } from "node:http";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { upstashVars } from "./upstash.ts";

const TOKEN = "good";
let url: string;
const database = createServer((request, response) => {
  const good = request.headers.authorization === `Bearer ${TOKEN}`;
  response.statusCode = good ? 200 : 401;
  response.end(JSON.stringify(good ? { result: "PONG" } : { error: "WRONGPASS invalid password" }));
});
beforeAll(async () => {
  database.listen(0, "127.0.0.1");
  await once(database, "listening");
  const address = database.address();
  url = typeof address === "object" ? `http://127.0.0.1:${address?.port}` : "";
});
afterAll(() => {
  database.close();
});

const upstash = new Map([["STORE", "upstash"]]);

describe("npm run dev -- --var STORE:upstash", () => {
  it("passes on known databases while the store is D1, whether they answer or not", async () => {
    expect(await upstashVars(new Map(), { UPSTASH_REDIS_REST_URL: "http://nowhere" })).toEqual(
      new Map(),
    );
    expect(await upstashVars(new Map([["STORE", "d1"]]), { STORE: "upstash" })).toEqual(new Map());
    const known = { UPSTASH_REDIS_REST_URL: "http://nowhere", UPSTASH_REDIS_REST_TOKEN: TOKEN };
    expect(await upstashVars(new Map(), known)).toEqual(new Map(Object.entries(known)));
  });

  it("passes on the databases of .dev.vars", async () => {
    const known = { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: TOKEN };
    expect(await upstashVars(upstash, known)).toEqual(new Map(Object.entries(known)));
  });

  it("does not repeat the variables of a flag", async () => {
    const given = new Map([...upstash, ["UPSTASH_REDIS_REST_URL", url]]);
    const known = { UPSTASH_REDIS_REST_URL: "http://other", UPSTASH_REDIS_REST_TOKEN: TOKEN };
    expect(await upstashVars(given, known)).toEqual(new Map([["UPSTASH_REDIS_REST_TOKEN", TOKEN]]));
  });

  it("takes the store from wrangler.toml or .dev.vars if no flag sets it", async () => {
    const known = { STORE: "upstash" };
    await expect(upstashVars(new Map(), known)).rejects.toThrow(/no database is set/);
  });

  it("repeats no address in an error, because it may contain a password", async () => {
    const known = {
      UPSTASH_REDIS_REST_URL: `${url} rediss://default:hidden@host`,
      UPSTASH_REDIS_REST_TOKEN: `${TOKEN} ${TOKEN}`,
    };
    const failed = upstashVars(upstash, known);
    await expect(failed).rejects.toThrow("at address 2 of 2 in UPSTASH_REDIS_REST_URL");
    await expect(failed).rejects.not.toThrow("hidden");
  });

  it.each([
    ["no database", {}, /no database is set\. Start one .* npm run redis/],
    ["no token", { UPSTASH_REDIS_REST_URL: "x" }, /no database is set/],
    [
      "a wrong token",
      { UPSTASH_REDIS_REST_TOKEN: "bad" },
      /does not accept the token: set UPSTASH/,
    ],
    [
      "too few tokens",
      { UPSTASH_REDIS_REST_URL: "http://a http://b", UPSTASH_REDIS_REST_TOKEN: TOKEN },
      /as many tokens/,
    ],
    [
      "nobody there",
      { UPSTASH_REDIS_REST_URL: "http://127.0.0.1:1", UPSTASH_REDIS_REST_TOKEN: TOKEN },
      /does not answer\. Start one/,
    ],
  ])("ends with one sentence that says what to set: %s", async (what, known, sentence) => {
    const all = what === "a wrong token" ? { UPSTASH_REDIS_REST_URL: url, ...known } : known;
    await expect(upstashVars(upstash, all)).rejects.toThrow(sentence);
  });
});
