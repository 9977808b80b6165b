/** `npm run store:move` on a Skein in use, with `kill -9` of the command and of the Worker. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readDevVars } from "../../scripts/dev/secrets.ts";
import { ROOT } from "../../scripts/project.ts";
import { orThrow, type Skein } from "../../client/src/skein-client.ts";
import { administrationAt, importWhole, skeinAt } from "../../scripts/clients.ts";
import { DevServer } from "./dev-server.ts";

const TEST_TIMEOUT_MS = 240_000;
const ACCOUNTS = 400;
const WRITERS = 8;
const AGAIN_MS = 200;
let data: string;
let server: DevServer;
let token: string;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "skein-move-"));
  server = await DevServer.start(data);
  token = (await readDevVars(join(ROOT, ".dev.vars")))["ADMIN_TOKEN"] ?? "";
  const lines = Array.from({ length: ACCOUNTS }, (_, n) => ({ user: { handle: `account_${n}` } }));
  await importWhole(administrationAt(server.address, token), lines);
}, TEST_TIMEOUT_MS);
afterAll(async () => {
  await server.stop();
  await rm(data, { recursive: true, force: true });
}, TEST_TIMEOUT_MS);

/** Runs the command. @param onOutput gets all of its output so far, whenever there is more */
async function move(
  flags: readonly string[],
  onOutput: (output: string, kill: () => void) => void = () => undefined,
) {
  const child = spawn(
    process.execPath,
    ["scripts/store-move.ts", ...flags, "--url", server.address, `--token=${token}`],
    { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text) => {
      output += String(text);
      onOutput(output, () => child.kill("SIGKILL"));
    });
  }
  await once(child, "close");
  return { output, code: child.exitCode };
}

/** A client of an account. */
async function signedIn(handle: string): Promise<Skein> {
  const session = orThrow(await administrationAt(server.address, token).mintToken(handle));
  return skeinAt(server.address).as(session.token);
}

/** Publishes posts until it is stopped. A call that fails is made again with the same key. */
function writing(handle: string) {
  const stop = new AbortController();
  const posts: string[] = [];
  const work = async () => {
    const skein = await signedIn(handle);
    for (let n = 0; !stop.signal.aborted; n++) {
      let made = await skein.createPost({ text: `post ${n} of ${handle}` }, `key ${n}`);
      while (!made.ok && made.error.status === null) {
        // The Worker is being restarted.
        await sleep(AGAIN_MS);
        made = await skein.createPost({ text: `post ${n} of ${handle}` }, `key ${n}`);
      }
      posts.push(orThrow(made).id);
    }
  };
  const done = work();
  return {
    posts,
    async stop() {
      stop.abort();
      await done;
    },
  };
}

it(
  "store:move loses nothing of a Skein in use, though the command and the Worker are killed",
  async () => {
    const handles = Array.from({ length: WRITERS }, (_, n) => `account_${n}`);
    const writers = handles.map(writing);
    const killed = await move(["--to", "d1:DB_1"], (output, kill) => {
      if (output.includes("% done")) kill();
    });
    expect(killed.code).toBeNull();
    const restarts: Promise<void>[] = [];
    const finished = await move(["--to", "d1:DB_1"], (output) => {
      if (restarts.length > 0 || !output.includes("% done")) return;
      restarts.push(server.kill().then(() => server.start()));
    });
    expect(restarts).toHaveLength(1);
    await Promise.all(restarts);
    expect([finished.code, finished.output]).toEqual([
      0,
      expect.stringContaining("d1:DB_0: 0 buckets\nd1:DB_1: 1024 buckets\n"),
    ]);
    expect(finished.output).toMatch(/\d+ rows copied, \d+ compared, \d+ deleted\. \d+ % done/);
    const back = await move(["--to", "d1", "--buckets", "0-99"]);
    expect(back.output).toContain("d1:DB_0: 50 buckets\nd1:DB_1: 974 buckets\n");
    await Promise.all(writers.map((writer) => writer.stop()));
    for (const [n, { posts }] of writers.entries()) {
      expect(posts.length).toBeGreaterThan(5);
      expect(new Set(posts).size).toBe(posts.length);
      const skein = await signedIn(handles[n] ?? "");
      const user = orThrow(await skein.readUser(`@${handles[n]}`));
      expect(user.counts.posts).toBe(posts.length);
      const { items } = orThrow(await skein.readTimeline().page());
      expect(items.map(({ post }) => post.id)).toEqual(posts.toReversed().slice(0, items.length));
    }
  },
  TEST_TIMEOUT_MS,
);

it("store:move prints its usage if flags are missing or wrong, and the places that there are", async () => {
  for (const flags of [[], ["--to", ""], ["--to", "d1", "--buckets", "9-1"]]) {
    const { output, code } = await move(flags);
    expect([code, output]).toEqual([1, expect.stringContaining("Usage: npm run store:move")]);
  }
  const { output, code } = await move(["--to", "mysql"]);
  expect([code, output]).toEqual([1, expect.stringContaining("it has d1:DB_0, d1:DB_1")]);
});
