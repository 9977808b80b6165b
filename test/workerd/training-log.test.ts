/** The training log: served pages, the ranking facts at that time, and what the viewer did. */
import { expect, it } from "vitest";
import { BEGINNING, idCeiling, idFloor } from "../../feed/ids.ts";
import { PAGE_EFFECT_MS, TRAINING_KEPT_MS, TRAINING_PAGE } from "../../feed/limits.ts";
import { DEFAULT_MODEL } from "../../feed/rank/default-model.ts";
import { type Did, examined, type LogLine, parseLogLine } from "../../feed/rank/training-log.ts";
import type { Session } from "../../feed/wire.ts";
import { page } from "./ranked.ts";
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
  let cursor = "";
  for (;;) {
    const path = `/v1/admin/rank-log?recent=${recent}${cursor}`;
    const { body } = await world.call<{ items: string[]; next: string | null }>("GET", path, {
      token: world.env.ADMIN_TOKEN,
    });
    for (const text of body.items) {
      const parsed = parseLogLine(text);
      if (!parsed.ok) throw new Error(parsed.error);
      if (parsed.line.viewer.id === viewer.user.id) lines.push(parsed.line);
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
  for (let n = 0; n < 20; n++) {
    const reader = await world.account();
    await world.post(reader, "something to show");
    await world.drain();
    const before = world.sent;
    for (const part of [0, 1, 2, 3]) {
      world.deps.nowMs = () => hourMs + (part * PAGE_EFFECT_MS) / 4;
      await page(world, reader, { order: part % 2 === 0 ? "latest" : "ranked" });
    }
    logged.push(world.sent - before);
    world.deps.nowMs = () => Date.now();
  }
  // That all or none of 20 viewers are drawn has a chance of 1 in 2^19.
  expect(new Set(logged)).toEqual(new Set([0, 4]));
});

it("is off where the configured share is 0", async () => {
  const { world, cyd } = await scene();
  world.deps.config.RANK_LOG_PERCENT = 0;
  const none = world.sent;
  for (let n = 0; n < 20; n++) await page(world, cyd, { limit: 1 });
  expect(world.sent).toBe(none);
});

it("does not keep a page from being served while the queue refuses messages", async () => {
  const { world, cyd } = await scene();
  Object.assign(world.deps, {
    queues: { send: () => Promise.reject(new Error("no queue today")) },
  });
  expect((await page(world, cyd, {})).items).toHaveLength(6);
});

it("is deleted after its retention time, with the impressions", async () => {
  const { world, cyd, posts } = await scene();
  const { training } = world.deps;
  const [postId = ""] = posts;
  const oldMs = Date.now() - TRAINING_KEPT_MS - PAGE_EFFECT_MS * 24;
  const viewer = cyd.user.id;
  await training.storePage({ id: idFloor(oldMs), viewer, line: "{}" });
  await training.storeImpressions(idFloor(oldMs), viewer, [{ postId }]);
  await page(world, cyd, {});
  await world.call("POST", "/v1/timeline/impressions", {
    token: cyd.token,
    body: { items: [{ postId }] },
  });
  await world.drain();
  const kept = async () => {
    const pages = await training.pages(null, idCeiling(Date.now() + 1), 1_000);
    const reports = await training.impressionsOf(viewer, BEGINNING, idCeiling(Date.now() + 1));
    return [pages.filter((one) => one.viewer === viewer).length, reports.length];
  };
  expect(await kept()).toEqual([2, 2]);
  await world.sweep();
  expect(await kept()).toEqual([1, 1]);
});
