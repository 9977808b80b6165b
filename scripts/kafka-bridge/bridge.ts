/**
 * Kafka over HTTP: the endpoint `POST /produce` of Upstash's Kafka REST protocol, which `@upstash/kafka`
 * speaks, over your own brokers.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createHash, timingSafeEqual } from "node:crypto";
import {
  type MessageToProduce,
  Producer,
  type ProducerOptions,
  stringSerializers,
} from "@platformatic/kafka";
import { z } from "zod";
import { listen, readJson, Refusal } from "../bridge-server.ts";

/** A request of a hundred events is a few dozen KB; a broker takes 1 MB at once by default. */
const REQUEST_MAX_BYTES = 1_048_576;
/** How long a broker may take to answer before the caller gets a 503. */
const BROKER_TIMEOUT_MS = 5_000;
/** How many requests wait; while the brokers are down, more would wait in vain. */
const WAITING_MAX = 20;

export interface BridgeOptions {
  /** The brokers, as host:port. */
  brokers: readonly string[];
  /** The credentials that callers must send, by basic authentication. */
  username: string;
  password: string;
  /** The address of the bridge; port 0 means any free port. */
  port: number;
  host: string;
  /** Options for brokers that need authentication or encryption. */
  connection?: Pick<
    ProducerOptions<string, string, string, string>,
    "sasl" | "tls" | "autocreateTopics"
  >;
}

export interface KafkaBridge {
  url: string;
  close(): Promise<void>;
}

const recordSchema = z.object({
  topic: z.string().min(1),
  value: z.string(),
  key: z.string().optional(),
  partition: z.int().min(0).optional(),
  timestamp: z.int().optional(),
  headers: z.array(z.object({ key: z.string(), value: z.string() })).optional(),
});
const recordsSchema = z.union([
  z.array(recordSchema).min(1),
  recordSchema.transform((record) => [record]),
]);
type KafkaRecord = z.infer<typeof recordSchema>;

/** Writes records, one request after the other, so that none overtakes a retried one. */
class Log {
  readonly #producer: Producer<string, string, string, string>;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor({ brokers, connection }: BridgeOptions) {
    this.#producer = new Producer({
      clientId: "skein-kafka-bridge",
      bootstrapBrokers: [...brokers],
      serializers: stringSerializers,
      // A record counts as written when all replicas have it.
      acks: -1,
      timeout: BROKER_TIMEOUT_MS,
      connectTimeout: BROKER_TIMEOUT_MS,
      requestTimeout: BROKER_TIMEOUT_MS,
      // The caller retries; only it knows for how long.
      retries: 0,
      ...connection,
    });
  }

  /** @param isGone whether the caller has given up meanwhile; it sends the records again */
  async write(records: readonly KafkaRecord[], isGone: () => boolean) {
    if (this.#waiting >= WAITING_MAX) throw new Refusal(503, "Too many requests are waiting.");
    this.#waiting++;
    const written = this.#last.then(() => {
      if (isGone()) throw new Refusal(503, "The caller has gone.");
      return this.#write(records);
    });
    this.#last = written.catch(() => null);
    try {
      return await written;
    } finally {
      this.#waiting--;
    }
  }

  async #write(records: readonly KafkaRecord[]) {
    const { offsets = [] } = await this.#producer.send({ messages: records.map(toMessage) });
    return offsets.map(({ topic, partition, offset }) => ({
      topic,
      partition,
      offset: Number(offset),
    }));
  }

  close(): Promise<void> {
    return this.#producer.close(true);
  }
}

function toMessage(record: KafkaRecord): MessageToProduce<string, string, string, string> {
  const { topic, value, key, partition, timestamp, headers = [] } = record;
  return {
    topic,
    value,
    ...(key === undefined ? {} : { key }),
    ...(partition === undefined ? {} : { partition }),
    ...(timestamp === undefined ? {} : { timestamp: BigInt(timestamp) }),
    headers: Object.fromEntries(headers.map((header) => [header.key, header.value])),
  };
}

/** Starts the bridge. It connects to the brokers with the first records. */
export async function startKafkaBridge(options: BridgeOptions): Promise<KafkaBridge> {
  const log = new Log(options);
  const server = createServer((request, response) => {
    void answer(request, response, async () => {
      if (!isAllowed(request, options)) throw new Refusal(401, "Unauthorized");
      if (request.method !== "POST" || request.url !== "/produce") {
        throw new Refusal(404, "Not found. The bridge has only POST /produce.");
      }
      const records = recordsSchema.safeParse(await readRecords(request));
      if (!records.success) throw new Refusal(400, z.prettifyError(records.error));
      try {
        return await log.write(records.data, () => response.destroyed);
      } catch (error) {
        if (error instanceof Refusal) throw error;
        throw new Refusal(503, `The brokers did not accept the records: ${String(error)}`);
      }
    });
  });
  const port = await listen(server, options.port, options.host);
  return {
    url: `http://${options.host}:${port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await log.close();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  work: () => Promise<unknown>,
): Promise<void> {
  const send = (status: number, content: unknown) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(content));
  };
  try {
    send(200, await work());
  } catch (error) {
    request.resume();
    const status = error instanceof Refusal ? error.status : 500;
    const message = error instanceof Error ? error.message : String(error);
    if (status >= 500) console.error(message);
    send(status, { result: "Error", error: message, status });
  }
}

function isAllowed(request: IncomingMessage, { username, password }: BridgeOptions): boolean {
  const given = /^Basic (\S+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const wanted = `${username}:${password}`;
  return timingSafeEqual(digest(Buffer.from(given, "base64").toString()), digest(wanted));
}

function readRecords(request: IncomingMessage): Promise<unknown> {
  return readJson(request, REQUEST_MAX_BYTES, (why) =>
    why === "size"
      ? new Refusal(413, "The request is too large.")
      : new Refusal(400, "The request is not JSON."),
  );
}
