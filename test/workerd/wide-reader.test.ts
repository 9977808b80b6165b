/** A reader who follows as many accounts as one may: their pages below the window cost a shard a bounded number of rows. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { env as bindings } from "cloudflare:workers";
import { ARCHIVE_PAGE_MAX_ROWS, FOLLOWING_MAX } from "../../feed/limits.ts";
import { idBucket, makeId } from "../../feed/ids.ts";
import type { Session, Timeline } from "../../feed/wire.ts";
import { sizeOf } from "../model/seed.ts";
import { costsOf, installMeters } from "./meters.ts";
import { World } from "./world.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const FOLLOWEES = sizeOf({ short: 4_000, long: FOLLOWING_MAX });
const POSTS = 3_000;
/** A post of this number is reposted by many, and each of them is in the reader's history. */
const POPULAR = 1_500;
const REPOSTS = 40;

const handles = Array.from({ length: FOLLOWEES }, (_, n) => `wide_${n}`);

/** Two writers of history, whom the reader follows among thousands who write little. */
async function history() {
  const world = new World({ TIMELINE_MAX: "20" });
  const reader = await world.account();
  await world.import(handles.map((handle) => ({ user: { handle } })));
  const accounts = [...(await world.deps.store.accounts.byHandles(handles)).values()];
  await world.import(handles.map((handle) => ({ follow: [reader.user.handle, handle] })));
  const t0 = Date.now() - 10 * 24 * 3_600_000;
  const ids = Array.from({ length: POSTS }, (_, n) => {
    const author = accounts[(n * 7) % accounts.length]?.id ?? "";
    return { id: makeId(t0 + n * 1_000, idBucket(author), n), author };
  });
  const popular = ids[POPULAR]?.id ?? "";
  const reposts = Array.from({ length: REPOSTS }, (_, n) => {
    const author = accounts[(n * 11) % accounts.length]?.id ?? "";
    return { id: makeId(t0 + (POPULAR + 1 + n) * 1_000 + 500, idBucket(author), n), author };
  });
  const shards = [bindings.DB_0, bindings.DB_1];
  for (const [n, shard] of shards.entries()) {
    const own = (author: string) => idBucket(author) % shards.length === n;
    const rows = [
      ...ids.map(({ id, author }) => ({ id, author, of: null })),
      ...reposts.map(({ id, author }) => ({ id, author, of: popular })),
    ].filter(({ author }) => own(author));
    await shard
      .prepare(
        `INSERT INTO posts (id, author, text, repost_of)
         SELECT value ->> 0, value ->> 1, 'of old', value ->> 2 FROM json_each(?)`,
      )
      .bind(JSON.stringify(rows.map(({ id, author, of }) => [id, author, of])))
      .run();
  }
  return { world, reader, ids: ids.map(({ id }) => id).toReversed(), popular };
}

beforeAll(async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  await installMeters();
});

describe(`a reader of ${FOLLOWEES.toLocaleString("en")} accounts`, () => {
  it("reads at most 5,000 rows of a shard for a page, and history to its beginning", async () => {
    const { world, reader, ids, popular } = await history();
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
    }
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(2 * ARCHIVE_PAGE_MAX_ROWS);
    const counted = shown.filter((id) => id !== popular);
    expect(counted).toEqual(ids.filter((id) => id !== popular));
    expect(shown).toContain(popular);
  });
});

function tokenOf({ token }: Session): string {
  return token;
}
