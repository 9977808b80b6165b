/** The command `npm run store:copy`: interrupted, continued, and comparing the stores at the end. */
import { once } from "node:events";
import { spawn } from "node:child_process";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { ROOT } from "../../../scripts/project.ts";
import { type Server, startServer } from "../../outside/server.ts";

const ACCOUNTS = 1_500;
const TEST_TIMEOUT_MS = 120_000;
let server: Server;

beforeAll(async () => {
  const redis = inject("redis");
  if (redis === null) throw new Error("this run has no Redis");
  server = await startServer({
    STORE: "d1",
    UPSTASH_REDIS_REST_URL: redis.urls.join(" "),
    UPSTASH_REDIS_REST_TOKEN: redis.urls.map(() => redis.token).join(" "),
  });
  const handles = Array.from({ length: ACCOUNTS }, (_, n) => `account_${n}`);
  await server.importLines(handles.map((handle) => ({ user: { handle } })));
  await server.importLines(
    handles.map((handle, n) => ({ follow: [handle, `account_${(n + 1) % 50}`] })),
  );
}, TEST_TIMEOUT_MS);
afterAll(() => server.close());

/** Runs the command. @param until the test kills it once its output contains this */
async function run(flags: readonly string[], until?: string) {
  const child = spawn(
    process.execPath,
    ["scripts/store-copy.ts", ...flags, "--url", server.url.origin, "--token", server.adminToken],
    { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text) => {
      output += String(text);
      if (until !== undefined && output.includes(until)) child.kill("SIGKILL");
    });
  }
  await once(child, "close");
  return { output, code: child.exitCode };
}

const D1_TO_REDIS = ["--from", "d1", "--to", "upstash", "--while-open"];

it(
  "store:copy copies every row, continues after it was killed, and reports what differs",
  async () => {
    const first = await run([...D1_TO_REDIS, "--restart"], "users: ");
    expect(first.code).toBeNull();
    const second = await run(D1_TO_REDIS);
    expect(second.output).toMatch(/Continuing with \w+, after \d+ rows of it\./);
    expect(second.output).toContain(`users: ${ACCOUNTS} rows, the same in both`);
    expect(second.output).toMatch(/followers: 1\d{3} rows, the same in both/);
    expect(second.output).toContain('To use it: STORE = "upstash".');
    expect(second.code).toBe(0);
    // This account is in D1 only.
    await server.importLines([{ user: { handle: "latecomer" } }]);
    const check = await run([...D1_TO_REDIS, "--check"]);
    expect(check.code).toBe(1);
    expect(check.output).toContain(`users: ${ACCOUNTS + 1} rows, 1 missing, 0 different, 0 extra`);
    const back = await run(["--from", "upstash", "--to", "d1", "--check"]);
    expect(back.output).toContain(`users: ${ACCOUNTS} rows, 0 missing, 0 different, 1 extra`);
    const again = await run(D1_TO_REDIS);
    expect([again.code, again.output]).toEqual([0, expect.stringContaining("the same in both")]);
  },
  TEST_TIMEOUT_MS,
);

it("store:copy refuses to copy while Skein is open, unless --while-open, and over the store in use", async () => {
  const open = await run(["--from", "d1", "--to", "upstash", "--restart"]);
  expect([open.code, open.output]).toEqual([1, expect.stringContaining('set CLOSED = "on"')]);
  const inUse = await run(["--from", "upstash", "--to", "d1", "--restart", "--while-open"]);
  expect([inUse.code, inUse.output]).toEqual([1, expect.stringContaining("Skein uses d1")]);
});

it("store:copy prints its usage if flags are missing or wrong", async () => {
  for (const flags of [[], ["--from", "d1"], ["--from", "d1", "--to", "d1"], ["--to", "mysql"]]) {
    const { output, code } = await run(flags);
    expect([code, output]).toEqual([1, expect.stringContaining("Usage: npm run store:copy")]);
  }
});
