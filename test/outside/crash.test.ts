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
import { apiRequest } from "../../scripts/api-request.ts";
import { SkeinClient } from "../../scripts/skein-client.ts";
import type { Timeline, TimelineItem, User } from "../../feed/wire.ts";
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
let tokens: Map<string, string>;

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
    authors.map((author) => ({ follow: [follower, author] })),
  );
  const lines = [...handles.map((handle) => ({ user: { handle } })), ...follows];
  const client = new SkeinClient(server.address);
  await client.importLines(adminToken, lines, () => undefined);
  tokens = new Map();
  for (const handle of handles) {
    tokens.set(handle, (await client.tokenFor(adminToken, handle)).token);
  }
}, TEST_TIMEOUT_MS);

afterAll(async () => {
  await server.stop();
  await rm(data, { recursive: true, force: true });
}, TEST_TIMEOUT_MS);

async function get<T>(handle: string, path: string): Promise<T> {
  const token = tokens.get(handle);
  const answer = await fetch(apiRequest(server.address, "GET", path, { token }));
  if (!answer.ok) throw new Error(`GET ${path} answered ${answer.status}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- other tests check it against the contract
  return (await answer.json()) as T;
}

async function all<T>(handle: string, path: string): Promise<T[]> {
  const items: T[] = [];
  let cursor = "";
  for (;;) {
    const page = await get<{ items: T[]; next: string | null }>(
      handle,
      `${path}limit=100${cursor}`,
    );
    items.push(...page.items);
    if (page.next === null) return items;
    cursor = `&cursor=${page.next}`;
  }
}

async function scroll(handle: string): Promise<string[]> {
  const items = await all<TimelineItem>(handle, "/v1/timeline?order=latest&");
  return items.map((item) => item.post.id);
}

async function written(author: string): Promise<string[]> {
  const items = await all<TimelineItem>(author, `/v1/users/@${author}/posts?`);
  return items.map((item) => item.post.id);
}

function newestFirst(ids: readonly string[]): string[] {
  return [...ids].sort().reverse();
}

/** Sends a request to a server that may be dead. @returns the body of a successful answer, or null */
async function send(method: string, path: string, handle: string, body?: unknown) {
  try {
    const token = tokens.get(handle);
    const answer = await fetch(apiRequest(server.address, method, path, { token, body }));
    return answer.ok ? await answer.text() : null;
  } catch {
    return null;
  }
}

/** Sends requests, a few at a time, and kills the server once `killAt` of them have succeeded. */
async function killDuring(
  requests: readonly (() => Promise<string | null>)[],
  killAt: number,
): Promise<(string | null)[]> {
  const answers: (string | null)[] = [];
  let answered = 0;
  let wasKilled = false;
  let death = Promise.resolve();
  const queue = [...requests.entries()];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, request] = next;
      answers[index] = await request();
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
      return send("POST", "/v1/posts", author, { text: `post ${i}` });
    });
    const answers = await killDuring(posts, POSTS - 20);
    await server.start();
    const promised = answers.flatMap((text) => {
      const parsed: unknown = text === null ? null : JSON.parse(text);
      return parsed !== null && typeof parsed === "object" && "id" in parsed ? [parsed.id] : [];
    });
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
    const requests = others.map((other) => () => send("PUT", "/v1/users/@author_a/follow", other));
    const answers = await killDuring(requests, FOLLOWS / 2);
    await server.start();
    const posts = newestFirst(await written("author_a"));
    await vi.waitFor(
      async () => {
        const listed = await all<User>("author_a", "/v1/users/@author_a/followers?");
        const author = await get<User>("author_a", "/v1/users/@author_a");
        expect(author.counts.followers).toBe(listed.length);
        const names = new Set(listed.map((user) => user.handle));
        for (const [index, other] of others.entries()) {
          const following = await all<User>(other, `/v1/users/@${other}/following?`);
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
      (sleeper) => () => send("GET", "/v1/timeline?order=latest", sleeper),
    );
    await killDuring(reads, 2);
    await server.start();
    const stored = newestFirst((await Promise.all(authors.map(written))).flat());
    for (const sleeper of sleepers) expect(await scroll(sleeper)).toEqual(stored);
    const { items } = await get<Timeline>("sleeper_0", "/v1/timeline?order=latest");
    expect(items.length).toBe(20);
  });
});
