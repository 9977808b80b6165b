/** Who is on a ranked page, and what goes down: the order as a client scrolls through it. */
import { describe, expect, it } from "vitest";
import type { Session, TimelineItem } from "../../feed/wire.ts";
import { page, postsShown, scrollAll } from "./ranked.ts";
import { World } from "./world.ts";

/** A reader of six authors and of a favourite, ten of whose posts they have liked, and answered five. */
async function withFavourite() {
  const world = new World();
  const reader = await world.account();
  const favourite = await world.account();
  const others: Session[] = [];
  for (let n = 0; n < 6; n++) others.push(await world.account());
  const all = [favourite, ...others];
  await world.import(all.map(({ user }) => ({ follow: [reader.user.handle, user.handle] })));
  await world.scroll(reader);
  const see = async (postId: string, dwellMs: number): Promise<void> => {
    const { token } = reader;
    await world.call("POST", "/v1/timeline/impressions", {
      token,
      body: { items: [{ postId, dwellMs }] },
    });
  };
  for (let n = 0; n < 10; n++) {
    const post = await world.post(favourite, `liked ${n}`);
    await world.drain();
    await see(post, 20_000);
    await world.call("PUT", `/v1/posts/${post}/like`, { token: reader.token });
    if (n % 2 === 0) await world.post(reader, `answer ${n}`, post);
    for (const other of others) await see(await world.post(other, `skipped ${n}`), 100);
  }
  for (let n = 0; n < 48; n++) await world.post(others[n % 6] ?? reader, `other ${n}`);
  for (let n = 0; n < 30; n++) await world.post(favourite, `favourite ${n}`);
  await world.drain();
  return { world, reader, favourite, see };
}

/** How many of some items are by an author. */
function shareOf({ user }: Session, items: readonly TimelineItem[]): number {
  return items.filter(({ post }) => post.author.id === user.id).length;
}

describe("a ranked scroll of somebody with a favourite author", () => {
  it("has two of their posts in a row and five on a page at most, after ten likes", async () => {
    const { world, reader, favourite } = await withFavourite();
    const all = await scrollAll(world, reader, "ranked", () => 20);
    expect(new Set(postsShown(all)).size).toBe(10 + 5 + 60 + 48 + 30);
    // The others' posts last for more than two pages.
    for (let from = 0; from < 40; from += 20) {
      expect(shareOf(favourite, all.slice(from, from + 20)), `from ${from}`).toBe(5);
    }
    for (let from = 0; from < 40; from++) {
      expect(shareOf(favourite, all.slice(from, from + 3)), `from ${from}`).toBeLessThan(3);
    }
  });

  it("shows posts lower once the viewer has liked, answered or read them", async () => {
    const { world, reader, see } = await withFavourite();
    const before = postsShown((await page(world, reader, { limit: 20 })).items);
    const [liked = "", answered = "", read = ""] = before;
    await world.call("PUT", `/v1/posts/${liked}/like`, { token: reader.token });
    await world.post(reader, "an answer", answered);
    await see(read, 9_000);
    await world.drain();
    const after = postsShown((await page(world, reader, { limit: 20 })).items);
    expect(after.filter((post) => [liked, answered, read].includes(post))).toEqual([]);
    const all = postsShown(await scrollAll(world, reader, "ranked", () => 20));
    expect(all).toEqual(expect.arrayContaining([liked, answered, read]));
  });
});
