/** The places of the training log, how much a viewer may add to it, and what leads from it to a viewer. */
import { env as bindings } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { type ServedPage, StoreUnavailable, type TrainingLog } from "../../db/store.ts";
import { d1TrainingLog } from "../../db/training/d1-log.ts";
import { r2TrainingLog } from "../../db/training/r2-log.ts";
import { idBucket, idFloor, idOfOwner, idOwner, idPeriod, makeId } from "../../feed/ids.ts";
import {
  ENGAGEMENT_FOLD_ENTRIES,
  PAGE_EFFECT_MS,
  TRAINING_HOUR_MAX_BYTES,
  TRAINING_KEPT_MS,
} from "../../feed/limits.ts";
import type { ItemFacts } from "../../feed/rank/facts.ts";
import { type LogLine, parseLogLine } from "../../feed/rank/training-log.ts";
import type { Session } from "../../feed/wire.ts";
import { storeLine } from "../../workers/engagement/training-log.ts";
import { item } from "../facts.ts";
import { page } from "./ranked.ts";
import { countRows } from "./state.ts";
import { World } from "./world.ts";

const PERIOD_MS = 2 ** 25;
const NOW_MS = 1_800_000_000_000;
/** Names of viewers are stored with the time of that. */
const PLACES: Record<string, () => TrainingLog> = {
  D1: () => d1TrainingLog(bindings.TRAINING_DB, () => NOW_MS),
  R2: () => r2TrainingLog(bindings.TEST_BUCKET),
};

async function empty(): Promise<void> {
  for (const table of ["pages", "reports", "viewers"]) {
    await bindings.TRAINING_DB.prepare(`DELETE FROM ${table}`).run();
  }
  const { objects } = await bindings.TEST_BUCKET.list();
  await bindings.TEST_BUCKET.delete(objects.map(({ key }) => key));
}

beforeEach(async () => {
  await empty();
  vi.spyOn(console, "warn").mockReturnValue();
});

describe.each(Object.entries(PLACES))("the training log in %s", (name, make) => {
  const [one, two] = ["A".repeat(16), "B".repeat(16)];

  it("reads pages viewer by viewer within a period, part by part, each once", async () => {
    const log = make();
    const pages: ServedPage[] = [];
    for (let n = 0; n < 12; n++) {
      const id = makeId(NOW_MS + (n % 3) * PERIOD_MS + n, 0, n);
      pages.push({ id, viewer: n % 2 === 0 ? one : two, line: `line ${n}` });
    }
    for (const made of [...pages, ...pages.toReversed()]) await log.storePage(made);
    const before = makeId(NOW_MS + 2 * PERIOD_MS + 8, 0, 0);
    const wanted = pages
      .filter(({ id }) => id < before)
      .toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
    const read: ServedPage[] = [];
    for (let after: ServedPage | null = null; ;) {
      const part: ServedPage[] = await log.pages(after, before, 3);
      read.push(...part);
      after = part.at(-1) ?? null;
      if (after === null) break;
    }
    expect(read).toEqual(wanted);
    expect(wanted.length).toBeLessThan(pages.length);
  });

  it("reads the reports of a viewer and a time", async () => {
    const log = make();
    const at = (n: number) => ({ atMs: NOW_MS + n, items: [{ postId: one, dwellMs: n }] });
    for (let repeat = 0; repeat < 2; repeat++) {
      await log.storeReports(makeId(NOW_MS + 5, 0, 1), one, [at(1), at(2), at(3)]);
      await log.storeReports(makeId(NOW_MS + 9, 0, 1), one, [at(6)]);
    }
    await log.storeReports(makeId(NOW_MS + 9, 0, 1), two, [at(2)]);
    const read = await log.reportsOf(one, NOW_MS + 2, NOW_MS + 6);
    expect(read.toSorted((a, b) => a.atMs - b.atMs)).toEqual([at(2), at(3)]);
    expect(await log.reportsOf(one, NOW_MS + 6, NOW_MS + 7)).toEqual([at(6)]);
  });

  it("forgets whose a key is", async () => {
    const log = make();
    await log.nameViewer(one, "ada");
    await log.nameViewer(one, "ada");
    await log.nameViewer(two, "bob");
    expect(await log.viewersOf([one, two, one])).toEqual(
      new Map([
        [one, "ada"],
        [two, "bob"],
      ]),
    );
    await log.forgetViewer(one);
    await log.forgetViewer(one);
    expect(await log.viewersOf([one, two])).toEqual(new Map([[two, "bob"]]));
  });

  it("says that it is unavailable when its place fails", async () => {
    const log =
      name === "R2"
        ? r2TrainingLog(failing("list"))
        : d1TrainingLog(failing("withSession"), Date.now);
    await expect(log.pages(null, idFloor(NOW_MS), 1)).rejects.toThrow(StoreUnavailable);
  });
});

it("the training log in D1 loses pages, reports and names that are too old, and no others", async () => {
  const newMs = NOW_MS + TRAINING_KEPT_MS;
  const viewer = "A".repeat(16);
  for (const ms of [NOW_MS, newMs]) {
    const log = d1TrainingLog(bindings.TRAINING_DB, () => ms);
    await log.storePage({ id: idFloor(ms), viewer, line: "" });
    await log.storeReports(idFloor(ms), viewer, [{ atMs: ms, items: [] }]);
    await log.nameViewer(`${ms}`, viewer);
  }
  const log = d1TrainingLog(bindings.TRAINING_DB, () => newMs);
  await log.deleteBefore(idFloor(NOW_MS + PERIOD_MS), 100);
  const pages = await log.pages(null, idFloor(2 * newMs), 10);
  expect(pages.map(({ id }) => id)).toEqual([idFloor(newMs)]);
  expect((await log.reportsOf(viewer, 0, 2 * newMs)).map(({ atMs }) => atMs)).toEqual([newMs]);
  expect(await log.viewersOf([`${NOW_MS}`, `${newMs}`])).toEqual(new Map([[`${newMs}`, viewer]]));
});

describe.each(["D1", "R2"])("a viewer's share of the training log in %s", (place) => {
  const made = () =>
    new World({
      RANK_LOG_PERCENT: "100",
      ...(place === "R2" ? { TRAINING_BUCKET: bindings.TEST_BUCKET } : {}),
    });

  async function scene() {
    const world = made();
    world.deps.config.RANK_LOG_PERCENT = 0;
    const [author, viewer] = [await world.account(), await world.account()];
    await world.follow(viewer, author);
    const posts: string[] = [];
    for (let n = 0; n < 30; n++) posts.push(await world.post(author, `number ${n}`));
    await world.drain();
    await world.scroll(viewer);
    world.deps.config.RANK_LOG_PERCENT = 100;
    return { world, author, viewer, posts };
  }

  const lines = async (world: World): Promise<LogLine[]> => {
    const path = "/v1/admin/rank-log?recent=true";
    const token = world.env.ADMIN_TOKEN;
    const { body } = await world.call<{ items: string[] }>("GET", path, { token });
    return body.items.map((text) => {
      const parsed = parseLogLine(text);
      if (!parsed.ok) throw new Error(parsed.error);
      return parsed.line;
    });
  };

  it("is bounded in each hour, however many pages are served at once", async () => {
    const { world, viewer } = await scene();
    const { trainingLog } = world.deps;
    const storing = vi.spyOn(trainingLog, "storePage");
    const atMs = Date.now();
    await Promise.all(
      Array.from({ length: 120 }, () =>
        storeLine(world.deps, lineOf(viewer, atMs), world.deps.drawId(0)),
      ),
    );
    const bytes = storing.mock.calls.reduce((sum, [{ line }]) => sum + line.length, 0);
    expect(storing.mock.calls.length).toBeLessThan(120);
    expect(bytes).toBeLessThanOrEqual(TRAINING_HOUR_MAX_BYTES);
    expect(bytes).toBeGreaterThan(0.9 * TRAINING_HOUR_MAX_BYTES);
    const before = storing.mock.calls.length;
    await world.evict(viewer);
    await storeLine(world.deps, lineOf(viewer, atMs), world.deps.drawId(0));
    expect(storing.mock.calls.length).toBe(before);
    await storeLine(world.deps, lineOf(viewer, atMs + PAGE_EFFECT_MS), world.deps.drawId(0));
    expect(storing.mock.calls.length).toBe(before + 1);
  });

  it("gets a full ring's reports together, and none that no logged page explains", async () => {
    const { world, viewer, posts } = await scene();
    const storing = vi.spyOn(world.deps.trainingLog, "storeReports");
    const report = (dwellMs: number) =>
      world.call("POST", "/v1/timeline/impressions", {
        token: viewer.token,
        body: { items: [{ postId: posts[0], dwellMs }] },
      });
    world.deps.config.RANK_LOG_PERCENT = 0;
    await page(world, viewer, {});
    for (let n = 0; n < ENGAGEMENT_FOLD_ENTRIES; n++) await report(1);
    expect(storing).not.toHaveBeenCalled();
    world.deps.config.RANK_LOG_PERCENT = 100;
    await page(world, viewer, { order: "latest", limit: 30 });
    for (let n = 0; n < ENGAGEMENT_FOLD_ENTRIES; n++) await report(2);
    expect(storing).toHaveBeenCalledOnce();
    const [, key, reports] = storing.mock.calls[0] ?? [];
    expect(reports).toHaveLength(ENGAGEMENT_FOLD_ENTRIES);
    const [line] = await lines(world);
    expect(line?.viewer.id).toBe(key);
    // Each counts once, though the timeline still has it too.
    expect(line?.items.find(({ post }) => post === posts[0])?.did.dwellMs).toBeGreaterThan(0);
  });

  it("is anonymous once its key is destroyed", async () => {
    const { world, viewer, posts } = await scene();
    await page(world, viewer, { order: "latest" });
    const post = posts.at(-1);
    await world.call("PUT", `/v1/posts/${post}/like`, { token: viewer.token });
    const likes = async () => {
      const [line] = await lines(world);
      return line?.items.find(({ post: shown }) => shown === post)?.did.liked;
    };
    expect(await likes()).toBe(true);
    const key = await world.home(viewer).logKey();
    const path = `/v1/admin/rank-log/viewers/@${viewer.user.handle}`;
    const token = world.env.ADMIN_TOKEN;
    for (let again = 0; again < 2; again++) {
      expect((await world.call("DELETE", path, { token })).status).toBe(204);
    }
    expect(await likes()).toBe(false);
    expect(await world.home(viewer).logKey()).not.toBe(key);
    expect(await world.deps.trainingLog.viewersOf([key])).toEqual(new Map());
    for (const text of await everything(place)) {
      expect(text).not.toContain(viewer.user.id);
      expect(text).not.toContain(idOwner(viewer.user.id));
    }
  });

  it("gets a page once that an earlier version has queued, however often its message arrives", async () => {
    const { world, viewer } = await scene();
    const line = lineOf(viewer, Date.now());
    const id = idOfOwner(viewer.user.id, line.atMs);
    const job = { v: 1, kind: "served", id, part: 2 ** 33 + 1, attempt: 0, viewer: viewer.user.id };
    const message = { body: { ...job, line: JSON.stringify({ ...line, page: id }) } };
    await world.handOver([message, message]);
    await world.handOver([message]);
    const logged = await lines(world);
    expect(logged).toHaveLength(1);
    expect(logged[0]?.viewer.id).toBe(await world.home(viewer).logKey());
    expect(logged[0]?.page).not.toContain(idOwner(id));
  });

  it("gets what an earlier version kept in the shards, with the reports that its pages explain", async () => {
    const { world, author, viewer, posts } = await scene();
    const [post = "", other = ""] = posts;
    const atMs = Date.now() - 2 * PAGE_EFFECT_MS;
    const id = idOfOwner(viewer.user.id, atMs);
    const items = [post, other].map((each) => item({ post: each, author: author.user.id }));
    const old = { ...lineOf(viewer, atMs, items), page: id };
    await oldRow("served_pages", viewer, id, JSON.stringify(old));
    const report = (ms: number, dwellMs: number) =>
      oldRow(
        "impressions",
        viewer,
        makeId(ms, 1, dwellMs),
        JSON.stringify([{ postId: post, dwellMs }]),
      );
    await report(atMs + 1_000, 700);
    await report(atMs + PAGE_EFFECT_MS + 1_000, 900);
    await oldRow("served_pages", viewer, makeId(atMs, 1, 7), "no line");
    vi.spyOn(world.deps.oldTraining, "deletePages").mockRejectedValueOnce(
      new StoreUnavailable("crash"),
    );
    await expect(world.sweep()).rejects.toThrow("crash");
    await world.sweep();
    const [line, ...more] = await lines(world);
    expect(more).toEqual([]);
    expect(line?.viewer.id).toBe(await world.home(viewer).logKey());
    expect(line?.items.map(({ did }) => did.dwellMs)).toEqual([700, 0]);
    expect(await countRows(world, "served_pages")).toBe(0);
    await world.sweep(TRAINING_KEPT_MS + PERIOD_MS);
    expect(await countRows(world, "impressions")).toBe(0);
  });
});

function orderOf({ id, viewer }: ServedPage): string {
  return `${idPeriod(id)}/${viewer}/${id}`;
}

/** A binding whose method fails. */
function failing<T>(method: string): T {
  const fail = () => {
    throw new Error("D1_ERROR: not today");
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else of it is called
  return { [method]: fail } as T;
}

/** A line about a viewer; of some 4 KB unless it is about few items. */
function lineOf({ user }: Session, atMs: number, items?: readonly ItemFacts[]): LogLine {
  const shown = items ?? Array.from({ length: 20 }, (_, n) => item({ post: makeId(atMs, 5, n) }));
  const line = {
    ...{ v: 1, page: makeId(atMs, 0, 0), atMs, order: "latest", viewer: { id: user.id } },
    items: shown.map((each, position) => ({ ...each, position })),
  };
  const parsed = parseLogLine(JSON.stringify(line));
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.line;
}

/** Writes a row of an earlier version, in the viewer's shard. */
async function oldRow(table: string, { user }: Session, id: string, text: string): Promise<void> {
  const shard = idBucket(user.id) % 2 === 0 ? bindings.DB_0 : bindings.DB_1;
  const column = table === "impressions" ? "items" : "line";
  await shard
    .prepare(`INSERT INTO ${table} (period, viewer, id, ${column}) VALUES (?, ?, ?, ?)`)
    .bind(idPeriod(id), user.id, id, text)
    .run();
}

/** All texts that a place has stored. */
async function everything(place: string): Promise<string[]> {
  if (place === "R2") {
    const { objects } = await bindings.TEST_BUCKET.list();
    const bodies = await Promise.all(
      objects.map(async ({ key: name }) => (await bindings.TEST_BUCKET.get(name))?.text()),
    );
    return [...objects.map(({ key: name }) => name), ...bodies.map((text) => text ?? "")];
  }
  const rows = await bindings.TRAINING_DB.batch(
    ["pages", "reports", "viewers"].map((table) =>
      bindings.TRAINING_DB.prepare(`SELECT * FROM ${table}`),
    ),
  );
  return rows.map(({ results }) => JSON.stringify(results));
}
