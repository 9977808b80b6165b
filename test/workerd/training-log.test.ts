/** The training log: served pages, the ranking facts at that time, and what the viewer did. */
import { expect, it, vi } from "vitest";
import { StoreUnavailable } from "../../db/store.ts";
import { idCeiling, idOwner } from "../../feed/ids.ts";
import { PAGE_EFFECT_MS, TRAINING_PAGE } from "../../feed/limits.ts";
import { DEFAULT_MODEL } from "../../feed/rank/default-model.ts";
import { type Did, examined, type LogLine, parseLogLine } from "../../feed/rank/training-log.ts";
import type { Session } from "../../feed/wire.ts";
import { page } from "./ranked.ts";
import { countRows } from "./state.ts";
import { World } from "./world.ts";

const NOTHING: Did = {
  seen: false,
  opened: false,
  liked: false,
  reposted: false,
  replied: false,
  hidden: false,
  dwellMs: 0,
};

async function scene() {
  const world = new World({ RANK_LOG_PERCENT: "100" });
  const [ada, bob, cyd] = [await world.account(), await world.account(), await world.account()];
  for (const author of [ada, bob]) await world.follow(cyd, author);
  const posts: string[] = [];
  for (let n = 0; n < 6; n++)
    posts.push(await world.post(n % 2 === 0 ? ada : bob, `see https://x.test/${n}`));
  await world.drain();
  return { world, ada, bob, cyd, posts };
}

/** The log lines of one viewer, as the export returns them. */
async function logOf(world: World, viewer: Session, recent = true): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  const key = await world.home(viewer).logKey();
  let cursor = "";
  for (;;) {
    const path = `/v1/admin/rank-log?recent=${recent}${cursor}`;
    const { body } = await world.call<{ items: string[]; next: string | null }>("GET", path, {
      token: world.env.ADMIN_TOKEN,
    });
    for (const text of body.items) {
      const parsed = parseLogLine(text);
      if (!parsed.ok) throw new Error(parsed.error);
      if (parsed.line.viewer.id === key) lines.push(parsed.line);
    }
    if (body.next === null) return lines;
    cursor = `&cursor=${body.next}`;
  }
}

function didTo(line: LogLine | undefined, post: string | undefined): Did | undefined {
  return line?.items.find((item) => item.post === post)?.did;
}

it("holds each served page of both orders, with positions, facts and model", async () => {
  const { world, ada, cyd, posts } = await scene();
  const first = await page(world, cyd, { limit: 4 });
  await page(world, cyd, { limit: 4, cursor: first.next });
  const latest = await page(world, cyd, { limit: 4, order: "latest" });
  await page(world, cyd, { limit: 4, cursor: latest.next });
  await world.drain({ duplicate: () => true });
  const lines = await logOf(world, cyd);
  expect(lines.map(({ order, model }) => [order, model])).toEqual([
    ["ranked", DEFAULT_MODEL.name],
    ["ranked", DEFAULT_MODEL.name],
    ["latest", null],
    ["latest", null],
  ]);
  expect(lines.map(({ items }) => items.map((item) => item.position))).toEqual([
    [0, 1, 2, 3],
    [4, 5],
    [0, 1, 2, 3],
    [4, 5],
  ]);
  expect(
    lines
      .slice(0, 2)
      .flatMap(({ items }) => items.map(({ post }) => post))
      .sort(),
  ).toEqual(posts);
  const item = lines.flatMap(({ items }) => items).find(({ post }) => post === posts[0]);
  expect(item).toMatchObject({
    author: ada.user.id,
    by: null,
    link: true,
    chars: 20,
    did: NOTHING,
  });
});

it("attributes an action to the last page before it that showed the post", async () => {
  const { world, ada, bob, cyd, posts } = await scene();
  const [, hers = "", hisOld = "", ...rest] = posts.toReversed();
  await page(world, cyd, { order: "latest" });
  const { token } = cyd;
  const items = [{ postId: hers, dwellMs: 6_000, opened: true }, { postId: hisOld }];
  await world.call("POST", "/v1/timeline/impressions", { token, body: { items } });
  await world.call("PUT", `/v1/posts/${hers}/like`, { token });
  await world.post(cyd, "an answer", hisOld);
  await page(world, cyd, { order: "latest", limit: 3 });
  await world.call("PUT", `/v1/posts/${hisOld}/repost`, { token });
  await world.call("PUT", `/v1/posts/${rest[0]}/like`, { token });
  const again = [{ postId: hers, dwellMs: 500 }];
  await world.call("POST", "/v1/timeline/impressions", { token, body: { items: again } });
  await world.drain();
  const [one, two] = await logOf(world, cyd);
  const seen = { ...NOTHING, seen: true };
  expect(didTo(one, hers)).toEqual({ ...seen, opened: true, dwellMs: 6_000, liked: true });
  expect(didTo(one, hisOld)).toMatchObject({ seen: true, replied: true });
  expect(didTo(two, hers)).toEqual({ ...seen, dwellMs: 500 });
  expect(didTo(one, rest[0])).toEqual({ ...NOTHING, liked: true });
  expect(one === undefined ? [] : examined(one).length).toBeGreaterThanOrEqual(3);

  // The next page's facts include it, and a mute is logged with the page that showed its author.
  await page(world, cyd, { order: "latest" });
  await world.call("PUT", `/v1/users/${bob.user.id}/mute`, { token });
  await world.drain();
  const third = (await logOf(world, cyd)).at(-1);
  expect(third?.viewer.authors[ada.user.id]?.likes).toBeGreaterThan(0);
  expect(third?.items.find(({ post }) => post === hers)).toMatchObject({ liked: true });
  expect(third?.items.find(({ post }) => post === hers)?.seen?.times).toBe(2);
  const his = third?.items.filter(({ author }) => author === bob.user.id) ?? [];
  expect(his.length).toBeGreaterThan(0);
  expect(his.every(({ did }) => did.hidden)).toBe(true);
});

it("is exported in parts, each page once, without pages that may still get actions", async () => {
  const { world, cyd } = await scene();
  const pages = TRAINING_PAGE + 3;
  for (let n = 0; n < pages; n++) await page(world, cyd, { limit: 1 + (n % 3) });
  await world.drain();
  const lines = await logOf(world, cyd);
  expect(lines).toHaveLength(pages);
  expect(new Set(lines.map((line) => line.page)).size).toBe(pages);
  expect(await logOf(world, cyd, false)).toEqual([]);
  world.deps.nowMs = () => Date.now() + PAGE_EFFECT_MS + 1;
  expect(await logOf(world, cyd, false)).toHaveLength(pages);
});

it("holds all pages that a viewer is served in an hour, or none", async () => {
  const { world } = await scene();
  world.deps.config.RANK_LOG_PERCENT = 50;
  // The next hour: the shown posts were written before it began.
  const hourMs = Math.ceil(Date.now() / PAGE_EFFECT_MS) * PAGE_EFFECT_MS;
  const logged: number[] = [];
  const author = await world.account();
  for (let n = 0; n < 20; n++) {
    const reader = await world.account();
    await world.follow(reader, author);
    if (n === 0) await world.post(author, "something to show");
    await world.drain();
    const key = await world.home(reader).logKey();
    for (const part of [0, 1, 2, 3]) {
      world.deps.nowMs = () => hourMs + (part * PAGE_EFFECT_MS) / 4;
      await page(world, reader, { order: part % 2 === 0 ? "latest" : "ranked" });
    }
    world.deps.nowMs = () => Date.now();
    const pages = await world.deps.trainingLog.pages(null, idCeiling(8.64e12), 1_000);
    logged.push(pages.filter(({ viewer }) => viewer === key).length);
  }
  // That all or none of 20 viewers are drawn has a chance of 1 in 2^19.
  expect(new Set(logged)).toEqual(new Set([0, 4]));
});

it("is off where the configured share is 0", async () => {
  const { world, cyd } = await scene();
  world.deps.config.RANK_LOG_PERCENT = 0;
  const storing = vi.spyOn(world.deps.trainingLog, "storePage");
  for (let n = 0; n < 20; n++) await page(world, cyd, { limit: 1 });
  expect(storing).not.toHaveBeenCalled();
});

it("does not keep a page from being served while its place refuses lines", async () => {
  vi.spyOn(console, "warn").mockReturnValue();
  const { world, cyd } = await scene();
  const refusing = vi
    .spyOn(world.deps.trainingLog, "storePage")
    .mockRejectedValue(new StoreUnavailable("no log today"));
  expect((await page(world, cyd, {})).items).toHaveLength(6);
  expect(refusing).toHaveBeenCalledOnce();
});

it("is not in the shards of the store", async () => {
  const { world, cyd, posts } = await scene();
  await page(world, cyd, {});
  const items = [{ postId: posts[0] }];
  await world.call("POST", "/v1/timeline/impressions", { token: cyd.token, body: { items } });
  expect(await logOf(world, cyd)).toHaveLength(1);
  expect(await countRows(world, "served_pages")).toBe(0);
  expect(await countRows(world, "impressions")).toBe(0);
});

it("leaves out what the viewer wrote or reposted, and names the viewer by a key alone", async () => {
  const { world, cyd, posts } = await scene();
  const own = await world.post(cyd, "mine");
  await world.call("PUT", `/v1/posts/${posts[0]}/repost`, { token: cyd.token });
  await world.drain();
  const shown = (await page(world, cyd, {})).items.map(({ post }) => post.id);
  expect(shown).toContain(own);
  const [line] = await logOf(world, cyd);
  expect(line?.items.map(({ post }) => post)).not.toContain(own);
  expect(line?.items.length).toBeGreaterThan(0);
  const { user } = cyd;
  const text = JSON.stringify(line);
  for (const name of [user.id, user.handle, idOwner(user.id)]) expect(text).not.toContain(name);
});
