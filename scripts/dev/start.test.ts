/** Tests of the command itself, from start to end. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { ROOT } from "../project.ts";
import { freePort, portIsFree } from "./port.ts";
import { readDevVars } from "./secrets.ts";

vi.setConfig({ testTimeout: 120_000 });

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "skein-dev-test-"));
  return () => rm(data, { recursive: true, force: true });
});

function dev(port: number, more: Record<string, string> = {}) {
  const args = ["scripts/dev.ts", "--port", String(port), "--persist-to", data];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...more },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  }
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const ready = () =>
    vi.waitFor(() => expect(said).toContain(`Skein is at http://localhost:${port}`), 60_000);
  return { child, ended, ready, said: () => said };
}

const nobodyListens = (port: number) =>
  vi.waitFor(async () => expect(await portIsFree(port, "localhost")).toBe(true), 10_000);

test("npm run dev starts on an empty folder, answers, and ends on a signal", async () => {
  const port = await freePort();
  const server = dev(port);
  await server.ready();
  const health = await fetch(`http://localhost:${port}/healthz`);
  expect(await health.json()).toMatchObject({ status: "ok" });
  for (const page of ["/", "/docs/"]) {
    const { status, headers } = await fetch(`http://localhost:${port}${page}`);
    expect([page, status]).toEqual([page, 200]);
    expect(headers.get("x-request-id")).toMatch(/\S/);
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
  }
  server.child.kill("SIGTERM");
  expect(await server.ended).toBe(0);
  await nobodyListens(port);
});

/** The arguments of every process, as `ps` prints them. */
async function argumentsOfAll(): Promise<string> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = ids.map((id) => readFile(`/proc/${id}/cmdline`, "utf8").catch(() => ""));
  return (await Promise.all(lines)).join("\n");
}

test.runIf(existsSync("/proc/self/cmdline"))(
  "npm run dev passes secrets to the Worker, and no process shows them in its arguments",
  async () => {
    const port = await freePort();
    const token = `secret-${port}`;
    // No database listens there; it is enough that the Worker knows the address.
    const server = dev(port, {
      UPSTASH_REDIS_REST_URL: "http://127.0.0.1:9",
      UPSTASH_REDIS_REST_TOKEN: token,
    });
    await server.ready();
    const all = await argumentsOfAll();
    expect(all).toContain(`--port\0${port}`);
    expect(all).not.toContain(token);
    const { ADMIN_TOKEN } = await readDevVars(join(ROOT, ".dev.vars"));
    const answer = await fetch(`http://localhost:${port}/v1/admin/store/places`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    // A database that is not configured would not be asked.
    expect(answer.status).toBe(503);
    server.child.kill("SIGTERM");
    expect(await server.ended).toBe(0);
  },
);

test("a second npm run dev on the same data folder is refused, with advice", async () => {
  const [port, other] = [await freePort(), await freePort()];
  const first = dev(port);
  await first.ready();
  const second = dev(other);
  expect(await second.ended).toBe(1);
  expect(second.said()).toMatch(/Another Skein uses the data in .*skein-dev-test-/);
  expect(second.said()).toContain(`--port ${other + 1} --persist-to .wrangler/state-${other + 1}`);
  expect((await fetch(`http://localhost:${port}/healthz`)).status).toBe(200);
  first.child.kill("SIGTERM");
  expect(await first.ended).toBe(0);
});

test.each(["SIGINT", "SIGTERM"] as const)("%s to npm alone ends everything", async (signal) => {
  const port = await freePort();
  const args = ["run", "dev", "--", "--port", String(port), "--persist-to", data];
  const npm = spawn("npm", args, { cwd: ROOT, stdio: "ignore", detached: true });
  onTestFinished(() => {
    if (npm.exitCode === null && npm.pid !== undefined) process.kill(-npm.pid, "SIGKILL");
  });
  const health = () => fetch(`http://localhost:${port}/healthz`).then((answer) => answer.status);
  await vi.waitFor(async () => expect(await health()).toBe(200), {
    timeout: 60_000,
    interval: 200,
  });
  const ended = new Promise((resolve) => npm.once("exit", resolve));
  npm.kill(signal);
  await ended;
  await nobodyListens(port);
});

test("a killed npm run dev leaves no process, and starts again on the same data", async () => {
  const port = await freePort();
  const first = dev(port);
  await first.ready();
  first.child.kill("SIGKILL");
  await nobodyListens(port);
  const second = dev(port);
  await second.ready();
  expect(second.said()).not.toContain("Applied");
  second.child.kill("SIGTERM");
  await second.ended;
});

test("npm run dev reports a taken port before it starts anything, with advice", async () => {
  const other = createServer();
  const port = await freePort();
  await new Promise<void>((resolve) => other.listen(port, "localhost", resolve));
  const server = dev(port);
  expect(await server.ended).toBe(1);
  expect(server.said()).toContain(
    `npm run dev -- --port ${port + 1} --persist-to .wrangler/state-${port + 1}`,
  );
  await new Promise((resolve) => other.close(resolve));
});
