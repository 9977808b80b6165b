/** A reader who follows as many accounts as one may: their pages below the window cost a shard a bounded number of rows. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { env as bindings } from "cloudflare:workers";
import { ARCHIVE_PAGE_MAX_ROWS, BUCKETS, FOLLOWING_MAX } from "../../feed/limits.ts";
import { idBucket, makeId } from "../../feed/ids.ts";
import type { Session, Timeline } from "../../feed/wire.ts";
import { sizeOf } from "../model/seed.ts";
import { costsOf, installMeters } from "./meters.ts";
import { World } from "./world.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const FOLLOWEES = sizeOf({ short: 4_000, long: FOLLOWING_MAX });
const POSTS = 3_000;
/** Reposts of as many posts by followees, each of which the reader sees once, as a repost. */
const REPOSTED = 150;
/** Reposts of the oldest of those posts, by strangers. */
const BY_STRANGERS = 80;

const handles = Array.from({ length: FOLLOWEES }, (_, n) => `wide_${n}`);

/** Two writers of history, whom the reader follows among thousands who write little. */
async function history() {
  const world = new World({ TIMELINE_MAX: "20" });
  const reader = await world.account();
  await world.import(handles.map((handle) => ({ user: { handle } })));
  const accounts = [...(await world.deps.store.accounts.byHandles(handles)).values()];
  await world.import(handles.map((handle) => ({ follow: [reader.user.handle, handle] })));
  const t0 = Date.now() - 10 * 24 * 3_600_000;
  const writes = (n: number, ms: number, author = accounts[n % accounts.length]?.id ?? "") => ({
    id: makeId(t0 + ms, idBucket(author), n),
    author,
  });
  const posts = Array.from({ length: POSTS }, (_, n) => ({ ...writes(n * 7, n * 1_000), of: "" }));
  const reposts = Array.from({ length: REPOSTED }, (_, n) => ({
    ...writes(n * 11, (POSTS / 2 + n) * 1_000 + 500),
    of: posts[REPOSTED - n]?.id ?? "",
  }));
  // The first of them comes again after all the others, and a scroll remembers fewer of them.
  const oldest = posts[REPOSTED]?.id ?? "";
  reposts.push({ ...writes(5, (POSTS - 10) * 1_000 + 500), of: oldest });
  const strangers = Array.from({ length: BY_STRANGERS }, (_, n) => ({
    ...writes(n, POSTS * 1_000 + n, makeId(t0 - n, n, n)),
    of: oldest,
  }));
  const shards = [bindings.DB_0, bindings.DB_1];
  for (const [n, shard] of shards.entries()) {
    const own = (author: string) => idBucket(author) % shards.length === n;
    const rows = [...posts, ...reposts, ...strangers].filter(({ author }) => own(author));
    await shard
      .prepare(
        `INSERT INTO posts (id, author, text, repost_of)
         SELECT value ->> 0, value ->> 1, 'of old', nullif(value ->> 2, '') FROM json_each(?)`,
      )
      .bind(JSON.stringify(rows.map(({ id, author, of }) => [id, author, of])))
      .run();
  }
  const occurrences = [...posts, ...reposts].sort((a, b) => (a.id < b.id ? 1 : -1));
  return { world, reader, posts: [...new Set(occurrences.map(({ id, of }) => of || id))] };
}

beforeAll(async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  await installMeters();
});

describe(`a reader of ${FOLLOWEES.toLocaleString("en")} accounts`, () => {
  it("reads at most 5,000 rows of a shard for a page, and each post of history once", async () => {
    const { world, reader, posts } = await history();
    const page = async (cursor: string | null, limit: number) => {
      const query = cursor === null ? "" : `&cursor=${cursor}`;
      const path = `/v1/timeline?order=latest&limit=${limit}${query}`;
      return (await world.call<Timeline>("GET", path, { token: tokenOf(reader) })).body;
    };
    const first = await page(null, 20);
    const shown = first.items.map((item) => item.post.id);
    let most = 0;
    const seen: (string | null)[] = [first.next];
    while (seen.at(-1) !== null) {
      const at = seen.at(-1) ?? null;
      const costs = await costsOf(world, async () => {
        const { items, next, partial } = await page(at, 100);
        shown.push(...items.map((item) => item.post.id));
        expect(items.length === 100 || partial || next === null).toBe(true);
        expect(seen).not.toContain(next);
        seen.push(next);
      });
      // Of both shards together, and of the relations and the reactions beside.
      most = Math.max(most, costs.d1RowsRead);
      // Each batch checks that its buckets are here, of which a shard has half: two rows for each.
      const checks = costs.d1Queries * BUCKETS;
      expect(costs.d1RowsRead).toBeLessThan(2 * ARCHIVE_PAGE_MAX_ROWS + checks);
    }
    expect(most).toBeGreaterThan(0);
    expect(shown).toEqual(posts);
  });
});

function tokenOf({ token }: Session): string {
  return token;
}
