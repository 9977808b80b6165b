import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { createApp } from "./api/app.ts";
import { readConfig } from "./config.ts";

describe("a configuration that lacks something is refused in one sentence that says what to set", () => {
  it.each([
    [
      { STORE: "upstash" },
      "set these in wrangler.toml, or as secrets: UPSTASH_REDIS_REST_URL and " +
        "UPSTASH_REDIS_REST_TOKEN: STORE is upstash, which needs an address and a token for each " +
        "database",
    ],
    [{ STORE: "upstash", UPSTASH_REDIS_REST_URL: "https://a" }, "a token for each database"],
    [
      {
        STORE: "upstash",
        UPSTASH_REDIS_REST_URL: "https://a https://b",
        UPSTASH_REDIS_REST_TOKEN: "one",
      },
      "a token for each database",
    ],
    [
      {
        STORE: "upstash",
        UPSTASH_REDIS_REST_URL: "https://a rediss://default:hidden@b:6379",
        UPSTASH_REDIS_REST_TOKEN: "one two",
      },
      /UPSTASH_REDIS_REST_URL: address 2 of 2 does not begin with https:\/\/$/,
    ],
    [{ STORE: "mysql" }, "STORE: "],
    [
      { EXPORT: "kafka", KAFKA_REST_URL: "https://k", KAFKA_REST_USERNAME: "u" },
      "KAFKA_REST_PASSWORD: EXPORT is kafka, which needs",
    ],
    [
      {
        EXPORT: "kafka",
        KAFKA_REST_URL: "kafka:hidden@b:9092",
        KAFKA_REST_USERNAME: "u",
        KAFKA_REST_PASSWORD: "p",
      },
      /KAFKA_REST_URL: the address does not begin with https:\/\/$/,
    ],
    [
      { EXPORT: "webhook", WEBHOOK_URL: "http://hooks.example", WEBHOOK_SECRETS: "whsec_short" },
      /WEBHOOK_URL: EXPORT is webhook.*WEBHOOK_SECRETS: EXPORT is webhook/,
    ],
    [{ EXPORT: "kafka" }, "KAFKA_REST_URL: EXPORT is kafka, which needs"],
  ])("%j", (changed, sentence) => {
    expect(() => readConfig({ ...env, ...changed })).toThrow(sentence);
  });

  it("and shows in /healthz, which says nothing more to whoever asks", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const answer = await createApp().request("/healthz", {}, { ...env, STORE: "upstash" });
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain("UPSTASH");
    expect(JSON.stringify(logged.mock.calls)).toContain("UPSTASH_REDIS_REST_URL");
    logged.mockRestore();
    expect((await createApp().request("/healthz", {}, env)).status).toBe(200);
  });

  it("and one that lacks nothing is taken", () => {
    const config = readConfig({
      ...env,
      STORE: "upstash",
      UPSTASH_REDIS_REST_URL: " https://a  https://b ",
      UPSTASH_REDIS_REST_TOKEN: "one two",
    });
    expect(config.UPSTASH_REDIS_REST_URL).toEqual(["https://a", "https://b"]);
    expect(readConfig(env)).toMatchObject({ STORE: "d1", EXPORT: "off" });
    const secret = `whsec_${btoa("a secret of twenty-four bytes")}`;
    const webhook = { EXPORT: "webhook", WEBHOOK_SECRETS: `${secret} ${secret}` };
    for (const url of ["https://hooks.example/skein", "http://127.0.0.1:9/"]) {
      expect(readConfig({ ...env, ...webhook, WEBHOOK_URL: url }).WEBHOOK_SECRETS).toEqual([
        secret,
        secret,
      ]);
    }
  });
});
