/** Starting a redis-server, with stand-in programs that print its messages. */
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

/** A stand-in for redis-server, which writes its process id to a file. */
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
])("a server that prints the ready message %s is ready", async (_, words) => {
  const server = await inItsPlace(`echo "* ${words}"\nexec sleep 60`);
  await server.start();
  expect(await isRunning()).toBe(true);
  await server.stop();
  expect(await isRunning()).toBe(false);
});

it("a server that does not become ready is stopped, and the error has its output", async () => {
  const server = await inItsPlace('echo "loading"\nexec sleep 60');
  await expect(server.start(300)).rejects.toThrow(/did not start/);
  expect(await isRunning()).toBe(false);
});

it("the error for a server that ends at once has its output", async () => {
  const server = await inItsPlace('echo "bad directive" >&2\nexit 1');
  const failed = server.start();
  await expect(failed).rejects.toThrow(NoRedis);
  await expect(failed).rejects.toThrow(/did not start:\nbad directive/);
});
