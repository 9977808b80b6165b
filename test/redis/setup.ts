/** Vitest's global set-up: starts Redis servers and their bridges for a run of the tests. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startBridge } from "../../scripts/redis/bridge.ts";
import { findRedisServer, INSTALL_ADVICE, RedisServer } from "../../scripts/redis/server.ts";

/** Two databases, so that the tests run the code that chooses a database. */
const DATABASES = 2;
const TOKEN = "a-token-for-tests";

declare module "vitest" {
  interface ProvidedContext {
    /** The databases of this run, as the Worker's variables list them; null without Redis. */
    redis: { urls: string[]; token: string } | null;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (findRedisServer() === null) {
    console.warn(`The tests on Redis are skipped: ${INSTALL_ADVICE}`);
    project.provide("redis", null);
    return () => Promise.resolve();
  }
  const data = await mkdtemp(join(tmpdir(), "skein-redis-"));
  const servers = Array.from({ length: DATABASES }, (_, n) => new RedisServer(join(data, `${n}`)));
  const bridges = await Promise.all(
    servers.map(async (server) => {
      await server.start();
      return startBridge({ redis: { path: server.socket }, token: TOKEN, port: 0 });
    }),
  );
  project.provide("redis", { urls: bridges.map((bridge) => bridge.url), token: TOKEN });
  return async () => {
    await Promise.all(bridges.map((bridge) => bridge.close()));
    await Promise.all(servers.map((server) => server.stop("SIGKILL")));
    await rm(data, { recursive: true, force: true });
  };
}
