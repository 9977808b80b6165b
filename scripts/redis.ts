/**
 * `npm run redis -- [--port 8079] [--data .wrangler/redis]`: a Redis on this machine behind Upstash's
 * REST protocol, for `npm run dev -- --var STORE:upstash`. Its address and token go into .dev.vars,
 * where `npm run dev` finds them. Ends with Ctrl-C; data stays.
 */
import { randomBytes } from "node:crypto";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { addMissing, readDevVars } from "./dev/secrets.ts";
import { whenNpmIsGone } from "./dev/parents.ts";
import { portIsFree } from "./dev/port.ts";
import { CommandError, ROOT, runCommand } from "./project.ts";
import { type Bridge, startBridge } from "./redis/bridge.ts";
import { NoRedis, RedisServer } from "./redis/server.ts";

const TOKEN_BYTES = 24;
const USAGE = "Usage: npm run redis -- [--port <port>] [--data <folder>]";

function readFlags() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: "string", default: "8079" },
        data: { type: "string", default: ".wrangler/redis" },
      },
    });
    return { port: Number(values.port), data: resolve(ROOT, values.data) };
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message : ""}\n${USAGE}`);
  }
}

await runCommand(async () => {
  const { port, data } = readFlags();
  if (!(await portIsFree(port, "127.0.0.1"))) {
    throw new CommandError(`Port ${port} is taken, perhaps by another npm run redis. ${USAGE}`);
  }
  const redis = new RedisServer(data);
  const stopped = new AbortController();
  const stop = () => {
    stopped.abort();
    void redis.stop();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
  try {
    await redis.start();
    const bridge = await openBridge(redis, port, data);
    whenNpmIsGone(stop, stopped.signal);
    const code = await redis.ended;
    process.exitCode = stopped.signal.aborted ? 0 : code;
    await bridge.close();
  } catch (error) {
    if (stopped.signal.aborted) return;
    throw error instanceof NoRedis ? new CommandError(error.message) : error;
  } finally {
    stopped.abort();
    await redis.stop();
  }
});

/** Opens the bridge with the address and the token of .dev.vars, and adds them if they are missing. */
async function openBridge(redis: RedisServer, port: number, data: string): Promise<Bridge> {
  const vars = join(ROOT, ".dev.vars");
  await addMissing(
    vars,
    new Map([
      ["UPSTASH_REDIS_REST_URL", () => `http://127.0.0.1:${port}`],
      ["UPSTASH_REDIS_REST_TOKEN", () => randomBytes(TOKEN_BYTES).toString("base64url")],
    ]),
  );
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token = "" } =
    await readDevVars(vars);
  const bridge = await startBridge({ redis: { path: redis.socket }, token, port });
  console.log(`Redis speaks Upstash's REST protocol at ${bridge.url}; its data is in ${data}`);
  if (url === bridge.url) console.log("Now: npm run dev -- --var STORE:upstash");
  else
    console.log(".dev.vars names another database. To use this one, change UPSTASH_REDIS_REST_URL");
  return bridge;
}
