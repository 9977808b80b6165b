/** `npm run import` of a file that is larger than the memory that it has, killed once in between. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { orThrow, Skein } from "../../client/src/skein-client.ts";
import { COUNTS_KV_EVERY_MS } from "../../feed/limits.ts";
import { ROOT } from "../../scripts/project.ts";
import { type Server, startServer } from "./server.ts";

/** A tenth of the lines is accounts and follows, and a twentieth is likes. */
const LINES = Number(process.env["IMPORT_LINES"] ?? 200_000);
const PEOPLE = LINES / 100;
const FOLLOWS_EACH = 9;
const LIKES = LINES / 20;
const POSTS = LINES - PEOPLE * (1 + FOLLOWS_EACH) - LIKES;
/** Posts that are liked, each by different people. */
const LIKED = LIKES / (PEOPLE / 4);
/** The command's own code takes half of it; a file of 200,000 such lines has 70 MB. */
const HEAP_MAX_MB = 56;
const TEST_TIMEOUT_MS = 3_600_000;

let server: Server;
let folder: string;

beforeAll(async () => {
  server = await startServer();
  folder = await mkdtemp(join(tmpdir(), "skein-import-"));
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

function handleOf(n: number): string {
  return `person_${n % PEOPLE}`;
}

function textOf(n: number): string {
  return `Post ${n} ${"of many words ".repeat(19).slice(0, 260)}`.trim();
}

function* lines(): Generator<string> {
  const line = (value: unknown) => `${JSON.stringify(value)}\n`;
  for (let n = 0; n < PEOPLE; n++) yield line({ user: { handle: handleOf(n) } });
  for (let n = 0; n < PEOPLE; n++) {
    for (let by = 1; by <= FOLLOWS_EACH; by++) {
      yield line({ follow: [handleOf(n), handleOf(n + by)] });
    }
  }
  for (let n = 0; n < POSTS; n++) {
    const at = new Date(Date.UTC(2023, 0, 1) + n * 60_000).toISOString();
    yield line({ post: { key: `large:${n}`, author: handleOf(n), text: textOf(n), at } });
  }
  for (let n = 0; n < LIKES; n++) {
    yield line({ like: [handleOf(Math.floor(n / LIKED) + 1), `large:${n % LIKED}`] });
  }
}

/** Runs the command with little memory. @param killAt the output at which it is killed; null for never */
async function runImport(file: string, killAt: RegExp | null) {
  const { href } = server.url;
  const heap = `--max-old-space-size=${HEAP_MAX_MB}`;
  const child = spawn(
    process.execPath,
    [heap, "scripts/import.ts", file, "--url", href, `--token=${server.adminToken}`],
    { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text) => {
      output += String(text);
      if (killAt?.test(output) === true) child.kill("SIGKILL");
    });
  }
  await once(child, "close");
  return { output, code: child.exitCode };
}

it(
  `an import of ${LINES} lines with less memory than they have loses nothing and doubles nothing`,
  async () => {
    const file = join(folder, "large.ndjson");
    await pipeline(Readable.from(lines()), createWriteStream(file));
    // A run of fewer lines, by the environment, tests the rest.
    const share = LINES / 200_000;
    expect((await stat(file)).size).toBeGreaterThan(HEAP_MAX_MB * 2 ** 20 * share);
    const killed = await runImport(file, /[2-9]\d % done/);
    expect(killed.code, killed.output).toBeNull();
    const finished = await runImport(file, null);
    expect(finished.code, finished.output).toBe(0);
    expect(finished.output).toContain(`${LINES} lines: `);
    // Pages keep the counts of old posts for a while, so they are read when the counters have published theirs.
    await sleep(3 * COUNTS_KV_EVERY_MS);
    const skein = new Skein({ url: server.url });
    for (let n = 0; n < PEOPLE; n++) {
      const { counts } = orThrow(await skein.readUser(`@${handleOf(n)}`));
      const posts = Math.floor(POSTS / PEOPLE) + (n < POSTS % PEOPLE ? 1 : 0);
      expect(counts).toEqual({ posts, followers: FOLLOWS_EACH, following: FOLLOWS_EACH });
    }
    for (const n of [0, 1, Math.floor(PEOPLE / 2), PEOPLE - 1]) {
      const own = Array.from({ length: POSTS }, (_, post) => post).filter(
        (post) => post % PEOPLE === n,
      );
      const found = [];
      for await (const { post } of skein.listUserPosts(`@${handleOf(n)}`, { limit: 100 }).items()) {
        found.push([post.text, post.counts.likes]);
      }
      const likers = LIKES / LIKED;
      const expected = own.map((post) => [textOf(post), post < LIKED ? likers : 0]);
      expect(found).toEqual(expected.toReversed());
    }
  },
  TEST_TIMEOUT_MS,
);
