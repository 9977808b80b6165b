/** The example that reads the export: the built Worker, a bridge, a broker, kcat and the example's reader. */
import { execa } from "execa";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { orThrow, Skein, SkeinAdministration } from "../../client/src/skein-client.ts";
import type { KafkaBridge } from "../../scripts/kafka-bridge/bridge.ts";
import { ROOT } from "../../scripts/project.ts";
import { type Server, startServer } from "../outside/server.ts";
import { Broker, findKcat, startBridgeTo } from "./broker.ts";

const TOPIC = "skein-events";
const ARRIVES_WITHIN_MS = 40_000;
const credentials = { username: "skein", password: "a password" };

let broker: Broker;
let bridge: KafkaBridge;
let server: Server;

beforeAll(async () => {
  broker = await Broker.start();
  bridge = await startBridgeTo(broker, credentials);
  server = await startServer({
    EXPORT: "kafka",
    KAFKA_REST_URL: bridge.url,
    KAFKA_REST_USERNAME: credentials.username,
    KAFKA_REST_PASSWORD: credentials.password,
    KAFKA_TOPIC: TOPIC,
  });
});
afterAll(async () => {
  await server.close();
  await bridge.close();
  await broker.stop();
});

it("the example of Kafka counts an account's posts and likes from the exported events", async () => {
  const { url, adminToken } = server;
  const administration = new SkeinAdministration({ url, token: adminToken });
  orThrow(await administration.importLines([{ user: { handle: "ada" } }]));
  const { token, user } = orThrow(await administration.mintToken("ada"));
  const ada = new Skein({ url, token });
  const first = orThrow(await ada.createPost({ text: "one" }));
  const second = orThrow(await ada.createPost({ text: "two" }));
  orThrow(await ada.likePost(first.id));
  orThrow(await ada.deletePost(second.id));
  const from = `-C -b ${broker.address} -t ${TOPIC} -o beginning -e -q`.split(" ");
  const reader = join(ROOT, "examples/kafka/read-events.ts");
  await vi.waitFor(
    async () => {
      const records = await execa(findKcat() ?? "kcat", [...from, "-f", "%k\\t%s\\n"]);
      const { stdout } = await execa(process.execPath, [reader], { input: `${records.stdout}\n` });
      expect(stdout).toBe(`${user.id}  1 posts  1 likes  0 reposts`);
    },
    { timeout: ARRIVES_WITHIN_MS, interval: 500 },
  );
});
