import { Kafka } from "@upstash/kafka";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type KafkaBridge, startKafkaBridge } from "../../scripts/kafka-bridge/bridge.ts";
import { Broker, startBridgeTo } from "./broker.ts";

const credentials = { username: "skein", password: "a:password" };
let broker: Broker;
let bridge: KafkaBridge;

beforeAll(async () => {
  broker = await Broker.start();
  bridge = await startBridgeTo(broker, credentials);
});
afterAll(async () => {
  await bridge.close();
  await broker.stop();
});

function post(body: string, header: string, path = "/produce") {
  return fetch(bridge.url + path, {
    method: "POST",
    headers: { authorization: header },
    body,
  });
}
const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
const GOOD = basic("skein:a:password");

describe("the bridge to Kafka", () => {
  it("produces the records that @upstash/kafka sends, and a consumer reads each key's in order", async () => {
    const producer = new Kafka({ url: bridge.url, ...credentials }).producer();
    const records = Array.from({ length: 500 }, (_, n) => ({
      topic: "many",
      key: `owner ${n % 7}`,
      value: JSON.stringify({ n, text: 'é 😀 "\n' }),
    }));
    await Promise.all([
      producer.produceMany(records.slice(0, 200)),
      producer.produceMany(records.slice(200)),
    ]);
    const found = await broker.read("many");
    expect(found).toHaveLength(500);
    for (const key of new Set(records.map((record) => record.key))) {
      const of = (all: readonly { key: string; value: string }[]) =>
        all.filter((one) => one.key === key).map((one) => one.value);
      expect(of(found)).toEqual(of(records));
      expect(new Set(found.filter((one) => one.key === key).map((one) => one.partition)).size).toBe(
        1,
      );
    }
  });

  it("produces a single record, and answers with its topic and offset", async () => {
    const producer = new Kafka({ url: bridge.url, ...credentials }).producer();
    const answer = await producer.produce("single", { hello: "world" }, { key: "k" });
    expect(answer).toMatchObject({ topic: "single", offset: 0 });
    expect(await broker.read("single")).toMatchObject([{ key: "k", value: '{"hello":"world"}' }]);
  });

  it("answers 401 without the right user name and password", async () => {
    for (const header of ["", "Bearer x", basic("skein:another"), basic("other:a:password")]) {
      const answer = await post('{"topic":"t","value":"v"}', header);
      expect([answer.status, await answer.json()]).toEqual([
        401,
        { result: "Error", error: "Unauthorized", status: 401 },
      ]);
    }
  });

  it.each([
    ["no json", 400],
    ["[]", 400],
    ['{"value":"no topic"}', 400],
    ['[{"topic":"t"}]', 400],
    [JSON.stringify({ topic: "t", value: "x".repeat(1_100_000) }), 413],
  ])("answers 400 or 413 for a body that is no record (%#)", async (body, status) => {
    expect((await post(body, GOOD)).status).toBe(status);
  });

  it("answers 404 for every path but /produce", async () => {
    expect((await post("{}", GOOD, "/consume/x/y")).status).toBe(404);
  });

  it("drops the records of clients that disconnected, and answers 503 when its queue is full", async () => {
    const waiting = new AbortController();
    const send = (value: string, { signal } = waiting) =>
      fetch(`${bridge.url}/produce`, {
        method: "POST",
        headers: { authorization: GOOD },
        body: JSON.stringify({ topic: "given-up", value }),
        signal,
      });
    expect((await send("before")).status).toBe(200);
    broker.hang();
    const quiet = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const refusals: unknown[] = [];
    const all = Array.from({ length: 30 }, async (_, n) => {
      const answer = await send(`given up ${n}`);
      refusals.push(await answer.json());
    });
    await vi.waitFor(() => expect(refusals).toHaveLength(10), 5_000);
    const tooMany = { result: "Error", error: "Too many requests are waiting.", status: 503 };
    for (const refusal of refusals) expect(refusal).toEqual(tooMany);
    waiting.abort();
    await Promise.allSettled(all);
    // The bridge has seen the disconnects once it answers a later request.
    expect((await post("{}", GOOD, "/nothing")).status).toBe(404);
    broker.resume();
    const after = new AbortController();
    await vi.waitFor(async () => expect((await send("after", after)).status).toBe(200), 20_000);
    quiet.mockRestore();
    const values = (await broker.read("given-up")).map((record) => record.value);
    expect(values).toContain("after");
    // The bridge had already sent the first of them.
    expect(values.filter((value) => value.startsWith("given up")).length).toBeLessThanOrEqual(1);
  });

  it("answers 503 while its broker does not answer", async () => {
    const other = await Broker.start();
    const lonely = await startKafkaBridge({
      ...credentials,
      brokers: [other.address],
      host: "127.0.0.1",
      port: 0,
    });
    other.hang();
    const answer = await fetch(`${lonely.url}/produce`, {
      method: "POST",
      headers: { authorization: GOOD },
      body: '{"topic":"t","value":"v"}',
    });
    expect(answer.status).toBe(503);
    other.resume();
    await lonely.close();
    await other.stop();
  });
});
