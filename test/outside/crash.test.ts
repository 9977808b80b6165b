/**
 * `kill -9` of the development server during work, and a restart on the same data: every answered change
 * reaches everyone once, without another write.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readDevVars } from "../../scripts/dev/secrets.ts";
import { ROOT } from "../../scripts/project.ts";
import { orThrow, type Result, Skein } from "../../client/src/skein-client.ts";
import { administrationAt, importWhole } from "../../scripts/clients.ts";
import { sizeOf } from "../model/seed.ts";
import { DevServer } from "./dev-server.ts";

const FOLLOWERS = 12;
const POSTS = sizeOf({ short: 60, long: 200 });
const FOLLOWS = sizeOf({ short: 12, long: 40 });
/** The development server sweeps every few seconds, and sends rows that have been due as long. */
const HEALED_WITHIN_MS = 60_000;
const TEST_TIMEOUT_MS = 180_000;

let data: string;
let server: DevServer;
let clients: Map<string, Skein>;

const followers = Array.from({ length: FOLLOWERS }, (_, i) => `follower_${i}`);
const authors = ["author_a", "author_b", "author_c"];
const others = Array.from({ length: FOLLOWS }, (_, i) => `other_${i}`);
/** Accounts that do not read before the crash, so that their timelines are cold. */
const sleepers = Array.from({ length: 6 }, (_, i) => `sleeper_${i}`);

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "skein-crash-"));
  server = await DevServer.start(data);
  const { ADMIN_TOKEN: adminToken = "" } = await readDevVars(join(ROOT, ".dev.vars"));
  const handles = [...followers, ...authors, ...others, ...sleepers];
  const follows = [...followers, ...sleepers].flatMap((follower) =>
    authors.map((author) => ({ follow: [follower, author] as [string, string] })),
  );
  const lines = [...handles.map((handle) => ({ user: { handle } })), ...follows];
  const administration = administrationAt(server.address, adminToken);
  await importWhole(administration, lines);
  // A call that the server's death cut off is not made again: only an answer is a promise.
  const nobody = new Skein({ url: server.address, attempts: 1 });
  clients = new Map();
  for (const handle of handles) {
    clients.set(handle, nobody.as(orThrow(await administration.mintToken(handle)).token));
  }
}, TEST_TIMEOUT_MS);

afterAll(async () => {
  await server.stop();
  await rm(data, { recursive: true, force: true });
}, TEST_TIMEOUT_MS);

function as(handle: string): Skein {
  const client = clients.get(handle);
  if (client === undefined) throw new Error(`nobody is called ${handle}`);
  return client;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const got: T[] = [];
  for await (const item of items) got.push(item);
  return got;
}

async function scroll(handle: string): Promise<string[]> {
  const timeline = as(handle).readTimeline({ order: "latest", limit: 100 });
  return (await all(timeline.items())).map((item) => item.post.id);
}

async function written(author: string): Promise<string[]> {
  const posts = as(author).listUserPosts(`@${author}`, { limit: 100 });
  return (await all(posts.items())).map((item) => item.post.id);
}

function newestFirst(ids: readonly string[]): string[] {
  return [...ids].sort().reverse();
}

/** Sends requests, a few at a time, and kills the server once `killAt` of them have succeeded. */
async function killDuring<T>(
  requests: readonly (() => Promise<Result<T>>)[],
  killAt: number,
): Promise<(T | null)[]> {
  const answers: (T | null)[] = [];
  let answered = 0;
  let wasKilled = false;
  let death = Promise.resolve();
  const queue = [...requests.entries()];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, request] = next;
      const answer = await request();
      answers[index] = answer.ok ? answer.value : null;
      if (answers[index] !== null) answered++;
      if (answered < killAt || wasKilled) continue;
      wasKilled = true;
      death = server.kill();
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  await death;
  expect(wasKilled, "the server was killed").toBe(true);
  return answers;
}

describe("kill -9 of the development server", { timeout: TEST_TIMEOUT_MS }, () => {
  it(`during the fan-out of ${POSTS} posts loses no answered post and repeats none`, async () => {
    for (const follower of followers) await scroll(follower);
    const posts = Array.from({ length: POSTS }, (_, i) => () => {
      const author = authors[i % authors.length] ?? "";
      return as(author).createPost({ text: `post ${i}` });
    });
    const answers = await killDuring(posts, POSTS - 20);
    await server.start();
    const promised = answers.flatMap((post) => (post === null ? [] : [post.id]));
    expect(promised.length).toBeGreaterThanOrEqual(POSTS - 20);
    const stored = newestFirst((await Promise.all(authors.map(written))).flat());
    expect(stored).toEqual(expect.arrayContaining(promised));
    await vi.waitFor(
      async () => {
        for (const follower of followers) expect(await scroll(follower)).toEqual(stored);
      },
      { timeout: HEALED_WITHIN_MS, interval: 1_000 },
    );
  });

  it("during follows leaves both sides of each edge and the timeline consistent", async () => {
    for (const other of others) await scroll(other);
    const requests = others.map((other) => () => as(other).followUser("@author_a"));
    const answers = await killDuring(requests, FOLLOWS / 2);
    await server.start();
    const posts = newestFirst(await written("author_a"));
    await vi.waitFor(
      async () => {
        const listed = await all(as("author_a").listFollowers("@author_a", { limit: 100 }).items());
        const author = orThrow(await as("author_a").readUser("@author_a"));
        expect(author.counts.followers).toBe(listed.length);
        const names = new Set(listed.map((user) => user.handle));
        for (const [index, other] of others.entries()) {
          const following = await all(as(other).listFollowing(`@${other}`, { limit: 100 }).items());
          const follows = following.some((user) => user.handle === "author_a");
          const promised = answers[index] !== null;
          expect(promised && !follows, `${other} was promised to follow`).toBe(false);
          expect(names.has(other), other).toBe(follows);
          expect(await scroll(other), other).toEqual(follows ? posts : []);
        }
      },
      { timeout: HEALED_WITHIN_MS, interval: 1_000 },
    );
  });

  it("during rebuilds of cold timelines leaves every timeline complete", async () => {
    const reads = [...sleepers, ...sleepers].map(
      (sleeper) => () => as(sleeper).readTimeline({ order: "latest" }).page(),
    );
    await killDuring(reads, 2);
    await server.start();
    const stored = newestFirst((await Promise.all(authors.map(written))).flat());
    for (const sleeper of sleepers) expect(await scroll(sleeper)).toEqual(stored);
    const { items } = orThrow(await as("sleeper_0").readTimeline({ order: "latest" }).page());
    expect(items.length).toBe(20);
  });
});
