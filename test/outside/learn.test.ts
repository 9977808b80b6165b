/** The whole cycle of ranking: pages are served and logged, a model is trained and evaluated, and ranks. */
import { execa } from "execa";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseLogLine } from "../../feed/rank/training-log.ts";
import { orThrow, type Skein as Client, type Timeline } from "../../client/src/skein-client.ts";
import { Skein } from "../model/skein.ts";
import { type Server, startServer } from "./server.ts";

const WRITERS = 6;
const READERS = 10;
const POSTS = 60;
/** Messages wait a second in their queue to form batches, and training takes a few seconds more. */
const TIMEOUT_MS = 240_000;

let server: Server;
let skein: Skein;
let folder: string;

beforeAll(async () => {
  server = await startServer({ RANK_LOG_PERCENT: "100" });
  skein = new Skein(server);
  folder = await mkdtemp(join(tmpdir(), "skein-learn-"));
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a command of the project. */
async function run(script: string, ...args: string[]): Promise<string> {
  const file = join(import.meta.dirname, `../../scripts/${script}.ts`);
  const env = { ADMIN_TOKEN: server.adminToken };
  const { exitCode, all } = await execa(process.execPath, [file, ...args], {
    reject: false,
    all: true,
    env,
  });
  expect(exitCode, all).toBe(0);
  return all;
}

async function pageOf(handle: string, query: Parameters<Client["readTimeline"]>[0]) {
  return orThrow(await (await skein.as(handle)).readTimeline(query).page());
}

/** Reads a whole timeline and reacts to its posts. Each reader likes another author. @returns pages */
async function readAll(handle: string, n: number): Promise<number> {
  const order = n % 2 === 0 ? "ranked" : "latest";
  const client = await skein.as(handle);
  let pages = 0;
  for await (const page of client.readTimeline({ order, limit: 20 })) {
    const { items } = orThrow(page);
    if (items.length === 0) continue;
    pages++;
    const seen = items.map(({ post }, at) => ({
      postId: post.id,
      dwellMs: at % 3 === 0 ? 7_000 : 900,
      opened: post.author.handle === `writer_${n % WRITERS}`,
    }));
    orThrow(await client.reportImpressions(seen));
    for (const { post } of items) {
      if (post.author.handle !== `writer_${n % WRITERS}`) continue;
      orThrow(await client.likePost(post.id));
    }
  }
  return pages;
}

it(
  "a model trained on the log of served pages passes evaluation and ranks the next page",
  async () => {
    const writers = Array.from({ length: WRITERS }, (_, n) => `writer_${n}`);
    const readers = Array.from({ length: READERS }, (_, n) => `reader_${n}`);
    await skein.import([
      ...[...writers, ...readers].map((handle) => ({ user: { handle } })),
      ...readers.flatMap((reader) =>
        writers.map((writer) => ({ follow: [reader, writer] as [string, string] })),
      ),
    ]);
    for (let n = 0; n < POSTS; n++) await skein.post(`writer_${n % WRITERS}`, `number ${n}`, null);
    let pages = 0;
    for (const [n, reader] of readers.entries()) pages += await readAll(reader, n);

    const log = join(folder, "log.jsonl");
    const url = server.url.origin;
    const exportLog = async () => {
      await run("rank-log", "--out", log, "--url", url, "--recent", "true");
      const lines = (await readFile(log, "utf8")).trimEnd().split("\n").map(parseLogLine);
      const good = lines.flatMap((line) => (line.ok ? [line.line] : []));
      const seen = good.flatMap(({ items }) => items.filter(({ did }) => did.seen));
      return { lines: good.length, bad: lines.length - good.length, seen: seen.length };
    };
    const all = { lines: pages, bad: 0, seen: READERS * POSTS };
    await expect.poll(exportLog, { timeout: 60_000, interval: 500 }).toEqual(all);

    const model = join(folder, "model.json");
    const learned = ["--name", "learned-here", "--epochs", "4"];
    await run("train", "--log", log, "--out", model, ...learned);
    expect(await run("rank-eval", "--log", log, "--model", model)).toContain("NDCG@10");

    const before = await pageOf("reader_0", { limit: 100, explain: true });
    expect(before.items[0]?.why?.model).not.toBe("learned-here");
    expect(await run("model-put", model, "--url", url)).toContain(
      "Skein ranks with learned-here within a minute.",
    );
    const after = await pageOf("reader_0", { limit: 100, explain: true });
    expect(after.items[0]?.why?.model).toBe("learned-here");
    const idsOf = ({ items }: Timeline) => items.map(({ post }) => post.id).sort();
    expect(idsOf(after)).toEqual(idsOf(before));
  },
  TIMEOUT_MS,
);
