/** A scroll while reposts arrive late and are undone: every post shows once, none is skipped. */
import { describe, expect, it, vi } from "vitest";
import type { Session, Timeline } from "../../../feed/wire.ts";
import { eventually } from "../../eventually.ts";
import { page, postsShown } from "../ranked.ts";
import { World } from "../world.ts";

/** More posts than this project's hot window holds, so that earlier posts lie below it. */
const FILLING = 30;
const PAGE = 5;
/** Fewer than a page, so that earlier posts are on the first page, too. */
const NEWER = 2;

interface Scene {
  world: World;
  reader: Session;
  author: Session;
  reposter: Session;
  /** By the author; the oldest post. */
  post: string;
}

/** @param threshold followers at which the author and the reposter become pulled */
async function scene(threshold: string, below: boolean): Promise<Scene> {
  const world = new World({ CELEBRITY_THRESHOLD: threshold });
  const [reader, author, reposter] = [
    await world.account(),
    await world.account(),
    await world.account(),
  ];
  for (const followee of [author, reposter]) await world.follow(reader, followee);
  await world.drain();
  const post = await world.post(author, "the first");
  for (let n = 0; n < (below ? FILLING : PAGE); n++) await world.post(author, `filling ${n}`);
  await world.drain();
  await world.scroll(reader);
  return { world, reader, author, reposter, post };
}

/** Scrolls `latest` to the end. @param meanwhile runs once, after the first page */
async function shown(
  { world, reader }: Scene,
  meanwhile: () => Promise<unknown>,
): Promise<string[]> {
  const posts: string[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages === 0 || cursor !== null; pages++) {
    if (pages === 1) await meanwhile();
    const found: Timeline = await page(world, reader, { order: "latest", limit: PAGE, cursor });
    posts.push(...postsShown(found.items));
    cursor = found.next;
  }
  return posts;
}

describe.each([
  ["pushed", "in the hot window", "1000"],
  ["pushed", "below it", "1000"],
  ["pulled", "in author feeds", "1"],
])("of somebody %s, with the original %s", (_, place, threshold) => {
  const below = place === "below it";

  it("a repost that arrives above the current page hides no post", async () => {
    const made = await scene(threshold, below);
    const { world, reader, author, reposter, post } = made;
    await world.call("PUT", `/v1/posts/${post}/repost`, { token: reposter.token });
    const late = world.held;
    world.loseMessages();
    const before = (await world.scroll(reader)).length;
    for (let n = 0; n < NEWER; n++) await world.post(author, `newer ${n}`);
    await world.drain();
    await eventually(async () => {
      expect(await world.scroll(reader)).toHaveLength(before + NEWER);
    });
    const posts = await shown(made, async () => {
      for (const message of late) await world.handOver([message]);
      await eventually(async () => expect((await world.scroll(reader))[NEWER]).toBe(post));
    });
    expect(posts.filter((id) => id === post)).toHaveLength(1);
    expect(new Set(posts).size).toBe(posts.length);
    expect([...posts].sort()).toEqual((await world.scroll(reader)).sort());
  });

  it("a post that was shown as a repost does not show again when the repost is undone", async () => {
    const made = await scene(threshold, below);
    const { world, reader, reposter, post } = made;
    await world.call("PUT", `/v1/posts/${post}/repost`, { token: reposter.token });
    await world.drain();
    await eventually(async () => expect((await world.scroll(reader))[0]).toBe(post));
    const posts = await shown(made, async () => {
      await world.call("DELETE", `/v1/posts/${post}/repost`, { token: reposter.token });
      await world.drain();
      await eventually(async () => expect((await world.scroll(reader)).at(-1)).toBe(post));
    });
    expect(posts[0]).toBe(post);
    expect(new Set(posts).size).toBe(posts.length);
    expect([...posts].sort()).toEqual((await world.scroll(reader)).sort());
  });
});

describe("a page that crosses the end of the hot window", () => {
  /** A page of all entries: the first ones come from the window, the last ones from the store. */
  async function whole({ world, reader }: Scene): Promise<string[]> {
    return postsShown((await page(world, reader, { order: "latest", limit: 100 })).items);
  }

  it("shows an original whose repost is in the store but not delivered yet", async () => {
    const made = await scene("1000", true);
    const { world, reposter, post } = made;
    await world.call("PUT", `/v1/posts/${post}/repost`, { token: reposter.token });
    expect((await whole(made)).filter((id) => id === post)).toHaveLength(1);
    await world.drain();
    expect((await whole(made)).filter((id) => id === post)).toHaveLength(1);
  });

  it("does not repeat an original whose repost is undone in the store but not in the window", async () => {
    const made = await scene("1000", true);
    const { world, reposter, post } = made;
    await world.call("PUT", `/v1/posts/${post}/repost`, { token: reposter.token });
    await world.drain();
    await world.call("DELETE", `/v1/posts/${post}/repost`, { token: reposter.token });
    expect((await whole(made)).filter((id) => id === post)).toHaveLength(1);
  });
});

it("a repost made on a machine with a slow clock is newer than its original", async () => {
  const made = await scene("1000", false);
  const { world, reader, author, reposter } = made;
  const post = await world.post(author, "from the future, for some");
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 30_000 });
  await world.call("PUT", `/v1/posts/${post}/repost`, { token: reposter.token });
  vi.useRealTimers();
  await world.drain();
  const { items } = await page(world, reader, { order: "latest", limit: 1 });
  expect(items.map((item) => [item.post.id, item.reason.kind])).toEqual([[post, "repost"]]);
});
