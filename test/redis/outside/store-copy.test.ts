/** `npm run store:copy` as it is typed: cut off in the middle, going on, and comparing at the end. */
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
  if (redis === null) throw new Error("there is no Redis");
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

/** Runs the command. @param until kills it as soon as it says this */
async function run(flags: readonly string[], until?: string) {
  const child = spawn(
    process.execPath,
    ["scripts/store-copy.ts", ...flags, "--url", server.url.origin, "--token", server.adminToken],
    { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] },
  );
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text) => {
      said += String(text);
      if (until !== undefined && said.includes(until)) child.kill("SIGKILL");
    });
  }
  await once(child, "close");
  return { said, code: child.exitCode };
}

const THERE = ["--from", "d1", "--to", "upstash", "--while-open"];

it(
  "carries everything, also when it is killed on the way, and says what differs",
  async () => {
    const first = await run([...THERE, "--restart"], "users: ");
    expect(first.code).toBeNull();
    const second = await run(THERE);
    expect(second.said).toMatch(/Continuing with \w+, after \d+ rows of it\./);
    expect(second.said).toContain(`users: ${ACCOUNTS} rows, the same in both`);
    expect(second.said).toMatch(/followers: 1\d{3} rows, the same in both/);
    expect(second.said).toContain('To use it: STORE = "upstash".');
    expect(second.code).toBe(0);
    // One that is written now is there, and not here.
    await server.importLines([{ user: { handle: "latecomer" } }]);
    const check = await run([...THERE, "--check"]);
    expect(check.code).toBe(1);
    expect(check.said).toContain(`users: ${ACCOUNTS + 1} rows, 1 missing, 0 different, 0 extra`);
    const back = await run(["--from", "upstash", "--to", "d1", "--check"]);
    expect(back.said).toContain(`users: ${ACCOUNTS} rows, 0 missing, 0 different, 1 extra`);
    const again = await run(THERE);
    expect([again.code, again.said]).toEqual([0, expect.stringContaining("the same in both")]);
  },
  TEST_TIMEOUT_MS,
);

it("does not carry anything while Skein is open, unless told to, nor over the store in use", async () => {
  const open = await run(["--from", "d1", "--to", "upstash", "--restart"]);
  expect([open.code, open.said]).toEqual([1, expect.stringContaining('set CLOSED = "on"')]);
  const inUse = await run(["--from", "upstash", "--to", "d1", "--restart", "--while-open"]);
  expect([inUse.code, inUse.said]).toEqual([1, expect.stringContaining("Skein uses d1")]);
});

it("says how it is used", async () => {
  for (const flags of [[], ["--from", "d1"], ["--from", "d1", "--to", "d1"], ["--to", "mysql"]]) {
    const { said, code } = await run(flags);
    expect([code, said]).toEqual([1, expect.stringContaining("Usage: npm run store:copy")]);
  }
});
