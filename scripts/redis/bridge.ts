/**
 * Upstash's REST protocol over a Redis server, for `@upstash/redis` on this machine and in tests.
 * `POST /` takes one command, `/pipeline` several, and `/multi-exec` several as one transaction. It has
 * Upstash's limits too, so that nothing works here that is too large there.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { listen, readJson, Refusal } from "../bridge-server.ts";
import { type Reply, RedisConnection } from "./connection.ts";

/** Upstash's limits of requests and answers, on every plan. */
const REQUEST_MAX_BYTES = 1_048_576;
const RESPONSE_MAX_BYTES = 10 * 1_048_576;

export interface BridgeOptions {
  /** Redis's port on this machine, or the path of its socket. */
  redis: { port: number } | { path: string };
  /** The bearer token that callers must send. */
  token: string;
  /** The bridge's port; 0 means any free port. */
  port: number;
}

export interface Bridge {
  url: string;
  token: string;
  /** The requests answered so far, and their commands. */
  counts(): { requests: number; commands: number };
  /** Delays every answer from now on. */
  delay(ms: number): void;
  close(): Promise<void>;
}

const argumentSchema = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const commandSchema = z.array(argumentSchema).min(1);
const commandsSchema = z.array(commandSchema).min(1);

type Outcome = { result: unknown } | { error: string };

/** Starts the bridge. It answers 503 while Redis does not answer. */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const redis = new RedisConnection(options.redis);
  await redis.open();
  const state = { requests: 0, commands: 0, delayMs: 0, writes: 0 };
  const server = createServer((request, response) => {
    void answer(request, response, async () => {
      if (!isAllowed(request, options.token)) throw new Refusal(401, "Unauthorized");
      const body = await readCommands(request);
      state.requests++;
      if (state.delayMs > 0) await new Promise((done) => setTimeout(done, state.delayMs));
      const encoding = request.headers["upstash-encoding"] === "base64" ? "base64" : "utf8";
      const [content, commands] = await run(redis, request.url ?? "/", body, encoding);
      state.commands += commands;
      return { content, syncToken: `skein=${++state.writes}` };
    });
  });
  const port = await listen(server, options.port, "127.0.0.1");
  return {
    url: `http://127.0.0.1:${port}`,
    token: options.token,
    counts: () => ({ requests: state.requests, commands: state.commands }),
    delay: (ms) => {
      state.delayMs = ms;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await redis.close();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  work: () => Promise<{ content: unknown; syncToken: string }>,
): Promise<void> {
  const send = (status: number, content: unknown, headers: Record<string, string> = {}) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(content));
  };
  try {
    const { content, syncToken } = await work();
    const text = JSON.stringify(content);
    if (text.length > RESPONSE_MAX_BYTES) throw new Refusal(400, "ERR max response size exceeded");
    response.writeHead(200, {
      "content-type": "application/json",
      "upstash-sync-token": syncToken,
    });
    response.end(text);
  } catch (error) {
    request.resume();
    if (error instanceof Refusal) send(error.status, { error: error.message });
    else send(503, { error: `ERR the database does not answer: ${String(error)}` });
  }
}

function isAllowed(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(/^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "");
  const wanted = Buffer.from(token);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function readCommands(request: IncomingMessage): Promise<unknown> {
  if (request.method !== "POST") throw new Refusal(405, "ERR send commands with POST");
  const limit = `Limit: ${REQUEST_MAX_BYTES} bytes`;
  const errors = {
    size: `ERR max request size exceeded. ${limit}`,
    syntax: "ERR failed to parse the request as JSON",
  };
  return readJson(request, REQUEST_MAX_BYTES, (why) => new Refusal(400, errors[why]));
}

/** Runs the commands of a request. @returns the answer's body, and the number of commands */
async function run(
  redis: RedisConnection,
  path: string,
  body: unknown,
  encoding: BufferEncoding,
): Promise<[unknown, number]> {
  const several = path === "/pipeline" || path === "/multi-exec";
  if (!several && path !== "/") throw new Refusal(404, `ERR there is no ${path} here`);
  const parsed = several ? commandsSchema.safeParse(body) : commandSchema.safeParse(body);
  if (!parsed.success) throw new Refusal(400, "ERR a command is a list of its words");
  if (path === "/pipeline") {
    const commands = commandsSchema.parse(body);
    const replies = await Promise.all(commands.map((command) => redis.send(command)));
    return [replies.map((reply) => outcomeOf(reply, encoding)), commands.length];
  }
  if (path === "/multi-exec") {
    const commands = commandsSchema.parse(body);
    const replies = await redis.transaction(commands);
    if (replies instanceof Error) throw new Refusal(400, replies.message);
    return [replies.map((reply) => outcomeOf(reply, encoding)), commands.length];
  }
  const reply = await redis.send(commandSchema.parse(body));
  if (reply instanceof Error) throw new Refusal(400, reply.message);
  return [outcomeOf(reply, encoding), 1];
}

function outcomeOf(reply: Reply, encoding: BufferEncoding): Outcome {
  return reply instanceof Error ? { error: reply.message } : { result: encode(reply, encoding) };
}

/** Encodes strings as base64 if the client wants it, except the word OK of a status. */
function encode(reply: Reply, encoding: BufferEncoding): unknown {
  if (reply instanceof Uint8Array) return Buffer.from(reply).toString(encoding);
  if (Array.isArray(reply)) return reply.map((one) => encode(one, encoding));
  if (typeof reply === "string") {
    return reply === "OK" ? reply : Buffer.from(reply).toString(encoding);
  }
  return reply instanceof Error ? reply.message : reply;
}
