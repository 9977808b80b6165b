/** The stores that a bench runs on: what each needs beside the Worker, and when its jobs are done. */
import { mkdtemp, rm } from "node:fs/promises";
import type { Miniflare } from "miniflare";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pMap from "p-map";
import { z } from "zod";
import { countOutboxRows } from "../../scripts/outbox-rows.ts";
import { startBridge } from "../../scripts/redis/bridge.ts";
import { findRedisServer, RedisServer } from "../../scripts/redis/server.ts";

export const BENCH_STORES = ["d1", "objects", "upstash"] as const;
export type BenchStore = (typeof BENCH_STORES)[number];

/** A store of a bench. */
export interface StoreOfBench {
  /** The Worker's variables that select it. */
  vars: Record<string, string>;
  /** How many outbox rows there are. */
  waiting(miniflare: Miniflare, databases: readonly string[]): Promise<number>;
  close(): Promise<void>;
}

/** Whether this machine has what a store needs. */
export function canBench(store: BenchStore): boolean {
  return store !== "upstash" || findRedisServer() !== null;
}

/** Starts what a store needs. */
export async function startStore(store: BenchStore): Promise<StoreOfBench> {
  const close = () => Promise.resolve();
  if (store === "d1") return { vars: {}, waiting: waitingInD1, close };
  if (store === "objects") return { vars: { STORE: "objects" }, waiting: waitingInObjects, close };
  return startRedis();
}

async function waitingInD1(miniflare: Miniflare, databases: readonly string[]): Promise<number> {
  const counts = await pMap(databases, async (binding) => {
    const database = await miniflare.getD1Database(binding, "skein");
    return (await database.prepare(COUNT).first<number>("n")) ?? 0;
  });
  return counts.reduce((sum, n) => sum + n, 0);
}

const COUNT = "SELECT count(*) AS n FROM outbox";

async function waitingInObjects(miniflare: Miniflare): Promise<number> {
  const objects = await miniflare.getDurableObjectNamespace("STORE_OBJECT", "skein");
  const ids = await miniflare.listDurableObjectIds("STORE_OBJECT", "skein");
  return countOutboxRows(ids, (id, batch) => {
    const stub: unknown = objects.get(objects.idFromString(id));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the protocol of store objects
    return (stub as { run(batch: unknown): Promise<unknown> }).run(batch);
  });
}

async function startRedis(): Promise<StoreOfBench> {
  const data = await mkdtemp(join(tmpdir(), "skein-bench-"));
  const server = new RedisServer(data);
  await server.start();
  const token = "a-token-for-benches";
  const bridge = await startBridge({ redis: { path: server.socket }, token, port: 0 });
  return {
    vars: {
      STORE: "upstash",
      UPSTASH_REDIS_REST_URL: bridge.url,
      UPSTASH_REDIS_REST_TOKEN: token,
    },
    async waiting() {
      const answer = await fetch(bridge.url, {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify(["ZCARD", "outbox"]),
      });
      return z.object({ result: z.int() }).parse(await answer.json()).result;
    },
    async close() {
      await bridge.close();
      await server.stop("SIGKILL");
      await rm(data, { recursive: true, force: true });
    },
  };
}
