/** `npm run import` as a process of its own, killed in between, and run again. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { orThrow, Skein } from "../../client/src/skein-client.ts";
import { IMPORT_LINE_MAX_BYTES } from "../../feed/limits-import.ts";
import { COUNTS_KV_EVERY_MS } from "../../feed/limits.ts";
import { ROOT } from "../../scripts/project.ts";
import { type Server, startServer } from "./server.ts";

const TEST_TIMEOUT_MS = 240_000;
const PEOPLE = 20;
const POSTS = 100;
/** The first posts are liked and reposted by those who come so many after their authors. */
const LIKED = 40;
const LIKERS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const REPOSTERS = [13, 14];
/** One post of so many has a reply. */
const ANSWERED_EVERY = 50;
/** The command is killed this long after it has shown progress, while a request is under way. */
const KILLED_AFTER_MS = 150;

let server: Server;
let folder: string;
let file: string;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "skein-import-"));
  file = join(folder, "people.ndjson");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs the command. @param onProgress gets the output so far after each new part, and a function that kills the command */
async function runImport(
  flags: readonly string[],
  onProgress: (output: string, kill: () => void) => void = () => undefined,
) {
  const { href } = server.url;
  const child = spawn(
    process.execPath,
    ["scripts/import.ts", ...flags, "--url", href, `--token=${server.adminToken}`],
    { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text) => {
      output += String(text);
      onProgress(output, () => child.kill("SIGKILL"));
    });
  }
  await once(child, "close");
  return { output, code: child.exitCode };
}

async function jsonLines<T>(path: string): Promise<T[]> {
  const text = await readFile(path, "utf8");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the command writes
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as T]));
}

function handleOf(n: number): string {
  return `person_${n % PEOPLE}`;
}

/** When the nth post was written. */
function atOf(n: number): string {
  return new Date(Date.UTC(2024, 0, 1) + n * 60_000).toISOString();
}

/** People who follow the next three; their posts, some of them replies; likes and reposts of the first posts. */
function goodLines(): unknown[] {
  const people = Array.from({ length: PEOPLE }, (_, n) => n);
  const posts = Array.from({ length: PEOPLE * POSTS }, (_, n) => n);
  const liked = posts.slice(0, LIKED);
  return [
    ...people.map((n) => ({ user: { handle: handleOf(n), name: `Person ${n}` } })),
    ...people.flatMap((n) => [1, 2, 3].map((by) => ({ follow: [handleOf(n), handleOf(n + by)] }))),
    ...posts.map((n) => ({
      post: {
        key: `post:${n}`,
        author: handleOf(n),
        text: `Post ${n}`,
        at: atOf(n),
        ...(n % ANSWERED_EVERY === 1 ? { replyTo: `post:${n - 1}` } : {}),
      },
    })),
    ...LIKERS.flatMap((by) => liked.map((n) => ({ like: [handleOf(n + by), `post:${n}`] }))),
    ...REPOSTERS.flatMap((by) =>
      liked.map((n) => ({ repost: [handleOf(n + by), `post:${n}`, atOf(n + by)] })),
    ),
  ];
}

const BAD: readonly [at: number, text: string, error: RegExp][] = [
  [15, "no JSON", /not JSON/],
  [40, JSON.stringify({ follow: ["person_0", "nobody_here"] }), /no account @nobody_here/],
  [900, JSON.stringify({ user: { handle: "x" } }), /handle/],
  [1500, JSON.stringify({ like: ["person_0", "post:none"] }), /no post with the key post:none/],
  [2200, `{"post": "${"€".repeat(IMPORT_LINE_MAX_BYTES / 2)}"}`, /the line is too long/],
];

it(
  "an import that was killed twice goes on where it was: nothing is lost, doubled or left out of its files",
  async () => {
    const lines = goodLines().map((line) => JSON.stringify(line));
    lines.splice(2300, 0, "");
    for (const [at, text] of BAD) lines.splice(at - 1, 0, text);
    await writeFile(file, lines.join("\r\n"));
    const ids = join(folder, "ids.ndjson");
    for (const kills of [1, 2]) {
      let isDying = false;
      const killed = await runImport([file, "--ids", ids], (output, kill) => {
        if (isDying || !output.includes("% done")) return;
        isDying = true;
        void sleep(KILLED_AFTER_MS).then(kill);
      });
      expect([kills, killed.code], killed.output).toEqual([kills, null]);
      expect(await readdir(folder)).toContain("people.ndjson.position");
    }
    const finished = await runImport([file, "--ids", ids]);
    expect(finished.code, finished.output).toBe(1);
    expect(finished.output).toContain(`${lines.length} lines: `);
    expect(finished.output).toContain(`${BAD.length} lines are wrong; ${file}.bad has them.`);
    await expectBadLines();
    const made = await expectIds(ids, lines);
    // Pages keep the counts of old posts for a while, so they are read when the counters have published theirs.
    await sleep(3 * COUNTS_KV_EVERY_MS);
    await expectEverything();

    const again = await runImport([file, "--ids", ids]);
    expect(again.output).toContain("0 accounts, 0 follows, 0 posts, 0 likes and 0 reposts are new");
    await expectBadLines();
    expect(await expectIds(ids, lines)).toEqual(made);
    await expectEverything();
    expect((await readdir(folder)).toSorted()).toEqual([
      "ids.ndjson",
      "people.ndjson",
      "people.ndjson.bad",
    ]);
  },
  TEST_TIMEOUT_MS,
);

/** Each bad line is in its file once, with its number, its text and what is wrong. */
async function expectBadLines(): Promise<void> {
  const bad = await jsonLines<{ line: number; error: string; text: string | null }>(`${file}.bad`);
  expect(bad.map(({ line }) => line)).toEqual(BAD.map(([at]) => at));
  for (const [n, [, text, error]] of BAD.entries()) {
    expect(bad[n]?.error).toMatch(error);
    expect(bad[n]?.text).toBe(text.length > IMPORT_LINE_MAX_BYTES / 2 ? null : `${text}\r`);
  }
}

/** Each account, post and repost has one id, beside its line's number. @returns the ids, by line */
async function expectIds(path: string, lines: readonly string[]): Promise<Map<number, string>> {
  const ids = await jsonLines<{ line: number; id: string; key?: string; handle?: string }>(path);
  const withId = lines.flatMap((text, n) =>
    /^{"(user|post|repost)":[{[]/.test(text) ? n + 1 : [],
  );
  const bad = new Set(BAD.map(([at]) => at));
  const numbers = ids.map(({ line }) => line).toSorted((a, b) => a - b);
  expect(numbers).toEqual(withId.filter((line) => !bad.has(line)));
  expect(new Set(ids.map(({ id }) => id)).size).toBe(ids.length);
  const [first] = ids.filter(({ key }) => key === "post:0");
  expect(lines[(first?.line ?? 0) - 1]).toContain('"key":"post:0"');
  return new Map(ids.map(({ line, id }) => [line, id]));
}

async function expectEverything(): Promise<void> {
  const skein = new Skein({ url: server.url });
  const posts = Array.from({ length: PEOPLE * POSTS }, (_, n) => n);
  for (let person = 0; person < PEOPLE; person++) {
    const handle = handleOf(person);
    const { counts, name } = orThrow(await skein.readUser(`@${handle}`));
    expect([name, counts]).toEqual([
      `Person ${person}`,
      { posts: POSTS, followers: 3, following: 3 },
    ]);
    const own = posts.filter((n) => n % PEOPLE === person);
    const found = [];
    let reposts = 0;
    for await (const { id, post } of skein.listUserPosts(`@${handle}`, { limit: 100 }).items()) {
      if (id === post.id) found.push([post.text, post.createdAt, post.counts]);
      else reposts++;
    }
    const expected = own.map((n) => [
      `Post ${n}`,
      atOf(n),
      {
        likes: n < LIKED ? LIKERS.length : 0,
        reposts: n < LIKED ? REPOSTERS.length : 0,
        replies: n % ANSWERED_EVERY === 0 ? 1 : 0,
      },
    ]);
    expect(found).toEqual(expected.toReversed());
    const reposted = REPOSTERS.flatMap((by) =>
      posts.slice(0, LIKED).filter((n) => (n + by) % PEOPLE === person),
    );
    expect(reposts).toBe(reposted.length);
  }
}

it("import prints its usage if flags are wrong, and says which file is missing", async () => {
  for (const flags of [[], ["one.ndjson", "two.ndjson"], ["--speed", "2", file]]) {
    const { output, code } = await runImport(flags);
    expect([code, output]).toEqual([1, expect.stringContaining("Usage: npm run import")]);
  }
  const { output, code } = await runImport([file]);
  expect([code, output]).toEqual([1, expect.stringContaining(`There is no file ${file}.`)]);
});
