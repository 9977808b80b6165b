import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type KafkaBridge, startKafkaBridge } from "../kafka-bridge/bridge.ts";
import { kafkaVars } from "./kafka.ts";

const credentials = { username: "skein", password: "right" };
let bridge: KafkaBridge;
beforeAll(async () => {
  // It checks a caller's password without its brokers.
  const options = { brokers: ["127.0.0.1:9"], host: "127.0.0.1", port: 0 };
  bridge = await startKafkaBridge({ ...credentials, ...options });
});
afterAll(() => bridge.close());

const kafka = new Map([["EXPORT", "kafka"]]);
const known = () => ({
  KAFKA_REST_URL: bridge.url,
  KAFKA_REST_USERNAME: credentials.username,
  KAFKA_REST_PASSWORD: credentials.password,
});

describe("npm run dev -- --var EXPORT:kafka", () => {
  it("calls no endpoint and passes no variable while events are not exported", async () => {
    expect(await kafkaVars(new Map(), { KAFKA_REST_URL: "http://nowhere" })).toEqual(new Map());
    expect(await kafkaVars(new Map([["EXPORT", "off"]]), { EXPORT: "kafka" })).toEqual(new Map());
  });

  it("passes on the variables of .dev.vars, but not those of a flag", async () => {
    const given = new Map([...kafka, ["KAFKA_REST_URL", bridge.url]]);
    const { KAFKA_REST_URL: _, ...rest } = known();
    expect(await kafkaVars(given, known())).toEqual(new Map(Object.entries(rest)));
    expect(await kafkaVars(new Map(), { ...known(), EXPORT: "kafka" })).toEqual(
      new Map(Object.entries(known())),
    );
  });

  it.each([
    ["no endpoint", { KAFKA_REST_URL: "" }, /^EXPORT is kafka: set KAFKA_REST_URL in .dev.vars/],
    ["an invalid URL", { KAFKA_REST_URL: "u:hidden@k" }, /^KAFKA_REST_URL is not a URL[^@]*$/],
    ["no password", { KAFKA_REST_PASSWORD: "" }, /: set KAFKA_REST_PASSWORD in .dev.vars/],
    ["a wrong password", { KAFKA_REST_PASSWORD: "wrong" }, /does not accept KAFKA_REST_USERNAME/],
  ])("refuses %s with one sentence that says what to set", async (_, changed, sentence) => {
    await expect(kafkaVars(kafka, { ...known(), ...changed })).rejects.toThrow(sentence);
  });

  it("starts while the endpoint is down, with a warning", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const down = { ...known(), KAFKA_REST_URL: "http://127.0.0.1:9" };
    expect(await kafkaVars(kafka, down)).toEqual(new Map(Object.entries(down)));
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("does not answer"));
    warn.mockRestore();
  });
});
