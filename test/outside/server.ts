/**
 * The built Worker in its own processes, over HTTP, with real queues, its own databases in a temporary
 * folder, and no rate limits. A test can trigger what only the platform does: cron and eviction.
 */
import { createTestHarness } from "wrangler";
import { emptyStore, ON_OBJECTS, STORE_VARS, waitingInRedis } from "./chosen-store.ts";
import { Contract, type OpenApiDocument } from "../contract/check.ts";
import { countOutboxRows } from "../../scripts/outbox-rows.ts";
import { ROOT, toolEnv, WRANGLER_CONFIG } from "../../scripts/project.ts";
import { readWranglerConfig } from "../../scripts/wrangler-config.ts";
import {
  allLinesOf,
  apiRequest,
  importRequest,
  jsonOf,
  type RequestParts,
} from "../api-request.ts";
import type { DrivenSkein } from "../model/skein.ts";

const HOME_TIMELINE = "HOME_TIMELINE";

export interface Server extends DrivenSkein {
  readonly url: URL;
  /** Makes a call, and checks its answer against the contract. */
  call(
    method: string,
    path: string,
    parts: RequestParts,
  ): Promise<{ status: number; body: unknown }>;
  /** Imports lines. @returns the lines of the answer */
  importLines(lines: readonly unknown[]): Promise<unknown[]>;
  /** Runs the scheduled handler, as cron does in production. */
  sweep(): Promise<void>;
  /** Evicts an account's home timeline from memory; its storage stays. */
  evict(user: string): Promise<void>;
  /** The number of outbox rows in all shards. */
  waiting(): Promise<number>;
  /** Sends a request to a Worker beside Skein. @param name that of its configuration */
  fetchFrom(name: string, request: Request): Promise<Response>;
  close(): Promise<void>;
}

/**
 * Starts the Worker with migrated shards. @param vars override those of wrangler.toml
 * @param beside configurations of other Workers with the ADMIN_TOKEN, which may bind to Skein
 */
export async function startServer(
  vars: Record<string, string> = {},
  beside: readonly string[] = [],
): Promise<Server> {
  // Warnings only: a log line for every queue message would hide them.
  Object.assign(process.env, toolEnv({ WRANGLER_LOG: "warn", ...process.env }));
  await emptyStore();
  const adminToken = secret("ADMIN_TOKEN");
  const harness = createTestHarness({
    root: ROOT,
    workers: [
      {
        configPath: WRANGLER_CONFIG,
        vars: { RATE_LIMITS: "off", ...STORE_VARS, ...vars },
        secrets: { SIGNING_KEY: secret("SIGNING_KEY"), ADMIN_TOKEN: adminToken },
      },
      ...beside.map((configPath) => ({ configPath, secrets: { ADMIN_TOKEN: adminToken } })),
    ],
  });
  const { url } = await harness.listen();
  const worker = harness.getWorker<Record<string, Shard>>();
  const databases = readWranglerConfig(WRANGLER_CONFIG).d1_databases.map(({ binding }) => binding);
  const shards = databases.filter((binding) => /^DB_\d+$/.test(binding));
  for (const database of databases) await worker.applyD1Migrations(database);
  const document = await (await fetch(new URL("/openapi.json", url))).json();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- test/contract validates the document
  const contract = new Contract(document as OpenApiDocument);
  const send = async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url);
    const answer = await fetch(new Request(new URL(pathname + search, url), request));
    if (!isJson(answer)) return answer;
    const body = await jsonOf(answer.clone());
    const { status, headers } = answer;
    contract.check(request.method, pathname, { status, headers, body });
    return answer;
  };
  return {
    url,
    adminToken,
    send,
    async call(method, path, parts) {
      const answer = await send(apiRequest(url.href, method, path, parts));
      return { status: answer.status, body: await jsonOf(answer) };
    },
    importLines: async (lines) =>
      allLinesOf(await send(importRequest(url.href, adminToken, lines))),
    async sweep() {
      await worker.scheduled({ cron: "* * * * *" });
    },
    async evict(user) {
      try {
        await worker.evictDurableObject(HOME_TIMELINE, { name: user });
      } catch (error) {
        if (!String(error).includes("not currently running")) throw error;
      }
    },
    async waiting() {
      const inRedis = await waitingInRedis();
      if (inRedis !== null) return inRedis;
      if (ON_OBJECTS) return waitingInObjects(harness);
      const env = await worker.getEnv();
      const counts = await Promise.all(
        shards.map(async (shard) =>
          Number(await env[shard]?.prepare("SELECT count(*) AS n FROM outbox").first("n")),
        ),
      );
      return counts.reduce((sum, n) => sum + n, 0);
    },
    async fetchFrom(name, request) {
      const { method, headers, url: address } = request;
      const body = await request.text();
      const init = {
        method,
        headers: Object.fromEntries(headers),
        ...(body === "" ? {} : { body }),
      };
      const answer = await harness.getWorker(name).fetch(address, init);
      return new Response(await answer.text(), { status: answer.status });
    },
    close: () => harness.close(),
  };
}

/** The number of outbox rows in all store objects. */
async function waitingInObjects(harness: ReturnType<typeof createTestHarness>): Promise<number> {
  const ids = await harness.getWorker().listDurableObjectIds("StoreObject");
  if (ids.length === 0) throw new Error("the store has no objects");
  const env = await harness.getWorker<{ STORE_OBJECT: StoreObjects }>().getEnv();
  const objects = env.STORE_OBJECT;
  return countOutboxRows(ids, (id, batch) => objects.get(objects.idFromString(id)).run(batch));
}

/** The part of the namespace of store objects that counting outbox rows needs. */
interface StoreObjects {
  idFromString(id: string): unknown;
  get(id: unknown): { run(batch: unknown): Promise<unknown> };
}

/** The part of a D1 binding that counting outbox rows needs. */
interface Shard {
  prepare(sql: string): { first(column: string): Promise<unknown> };
}

/** Whether an answer's body is JSON, or absent; an import answers NDJSON. */
function isJson(answer: Response): boolean {
  return !(answer.headers.get("content-type") ?? "").includes("ndjson");
}

function secret(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not in the environment of the tests`);
  return value;
}
