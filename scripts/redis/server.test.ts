/** Starting a redis-server, with programs in its place that say what one may say. */
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { NoRedis, RedisServer } from "./server.ts";

let data: string;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "skein-redis-"));
});
afterAll(() => rm(data, { recursive: true, force: true }));
afterEach(() => {
  vi.unstubAllEnvs();
});

/** A program in redis-server's place, which leaves its process id behind. */
async function inItsPlace(script: string): Promise<RedisServer> {
  const program = join(data, "in-its-place");
  await writeFile(program, `#!/bin/sh\necho $$ >"${data}/pid"\n${script}\n`);
  await chmod(program, 0o755);
  vi.stubEnv("REDIS_SERVER", program);
  return new RedisServer(data);
}

async function isRunning(): Promise<boolean> {
  try {
    process.kill(Number(await readFile(join(data, "pid"), "utf8")), 0);
    return true;
  } catch {
    return false;
  }
}

it.each([
  ["of Redis 7.0", "The server is now ready to accept connections at /redis.sock"],
  ["of Redis 7.2 and Valkey", "Ready to accept connections unix"],
])("knows the words %s for being ready", async (_, words) => {
  const server = await inItsPlace(`echo "* ${words}"\nexec sleep 60`);
  await server.start();
  expect(await isRunning()).toBe(true);
  await server.stop();
  expect(await isRunning()).toBe(false);
});

it("ends one that does not become ready, and tells what it said", async () => {
  const server = await inItsPlace('echo "loading"\nexec sleep 60');
  await expect(server.start(300)).rejects.toThrow(/did not start/);
  expect(await isRunning()).toBe(false);
});

it("tells what one said that ended at once", async () => {
  const server = await inItsPlace('echo "bad directive" >&2\nexit 1');
  const failed = server.start();
  await expect(failed).rejects.toThrow(NoRedis);
  await expect(failed).rejects.toThrow(/did not start:\nbad directive/);
});
