import { beforeAll, expect, it } from "vitest";
import { idBucket, makeId } from "../../feed/ids.ts";
import type { Session, Timeline } from "../../feed/wire.ts";
import { Chance } from "../model/chance.ts";
import { isDescending } from "../model/compare.ts";
import { seedOr, sizeOf, withSeed } from "../model/seed.ts";
import { World } from "./world.ts";

const SEED = seedOr(3_000);
const AUTHORS = 12;
/** More than the hot window holds, so that a scroll goes on in the store. */
const HISTORY_POSTS = sizeOf({ short: 1_000, long: 3_200 });
const BETWEEN_POSTS_MS = 60_000;
/** Posts and deletes for each item that is read. */
const CHANGES_PER_ITEM = 1 / 7;
const TEST_TIMEOUT_MS = 120_000;

const world = new World();
const authors: Session[] = [];
/** How many authors wrote the posts. */
const posts = new Map<string, Session>();

beforeAll(async () => {
  for (let n = 0; n < AUTHORS; n++) authors.push(await world.account(`author_${n}`));
  // Straight into the store: years of history, which no follower needs delivered.
  const endMs = Date.now() - BETWEEN_POSTS_MS;
  const history = Array.from({ length: HISTORY_POSTS }, async (_, n) => {
    const author = chosen(n);
    const id = makeId(endMs - n * BETWEEN_POSTS_MS, idBucket(author.user.id), n);
    const post = { id, author: author.user.id, text: `once ${n}`, replyTo: null };
    await world.deps.store.posts.publish(post, [], null);
    posts.set(id, author);
  });
  await Promise.all(history);
}, TEST_TIMEOUT_MS);

function chosen(n: number): Session {
  const author = authors[n % authors.length];
  if (author === undefined) throw new Error("there are no authors");
  return author;
}

/** Makes a reader who follows every author and writes nothing. */
async function reader(handle: string): Promise<Session> {
  const follows = authors.map(({ user }) => ({ follow: [handle, user.handle] }));
  await world.import([{ user: { handle } }, ...follows]);
  return world.account(handle);
}

/** Publishes one post and deletes another, often one that the reader is about to reach. */
async function change(chance: Chance, nextIds: readonly string[]): Promise<string> {
  const author = chance.pick(authors);
  posts.set(await world.post(author, "meanwhile"), author);
  const gone = chance.pick(nextIds.length > 0 && chance.happens(0.5) ? nextIds : [...posts.keys()]);
  const token = posts.get(gone)?.token ?? "";
  expect((await world.call("DELETE", `/v1/posts/${gone}`, { token })).status).toBe(204);
  posts.delete(gone);
  return gone;
}

it.each([7, 20, 100])(
  `a scroll through ${HISTORY_POSTS} items in pages of %i has no gap and no repeat while others post and delete`,
  (limit) =>
    withSeed(SEED, async () => {
      const chance = new Chance(SEED + limit);
      const viewer = await reader(`reader_${limit}`);
      const atStart = [...posts.keys()].sort().reverse();
      expect(atStart.length).toBeGreaterThan(0.9 * HISTORY_POSTS);
      const known = new Set(atStart);
      const deleted = new Set<string>();
      const shown: Timeline["items"] = [];
      let next: string | null = "";
      while (next !== null) {
        const cursor: string = next === "" ? "" : `&cursor=${next}`;
        const path = `/v1/timeline?order=latest&limit=${limit}${cursor}`;
        const { body } = await world.call<Timeline>("GET", path, { token: viewer.token });
        expect(
          body.items.filter(({ post }) => deleted.has(post.id) || !known.has(post.id)),
        ).toEqual([]);
        shown.push(...body.items);
        next = body.next;

        const last = shown.at(-1)?.post.id ?? "";
        const at = atStart.findIndex((id) => id < last);
        for (let n = 0; n < limit * CHANGES_PER_ITEM; n++) {
          const nextIds = at < 0 ? [] : atStart.slice(at, at + 2 * limit);
          deleted.add(
            await change(
              chance,
              nextIds.filter((id) => posts.has(id)),
            ),
          );
        }
        await world.drain({ duplicate: () => chance.happens(0.1) });
        if (chance.happens(0.05)) await world.evict(viewer);
      }
      const ids = shown.map(({ post }) => post.id);
      expect(isDescending(ids.map((id) => ({ id })))).toBe(true);
      const seen = new Set(ids);
      expect(atStart.filter((id) => !deleted.has(id) && !seen.has(id))).toEqual([]);
      expect(world.deps.config.TIMELINE_MAX).toBe(800);
      expect(deleted.size).toBeGreaterThan(HISTORY_POSTS / 8);
    }),
  TEST_TIMEOUT_MS,
);
