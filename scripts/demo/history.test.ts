import { beforeAll, describe, expect, test } from "vitest";
import { importLineSchema } from "../../feed/wire-import.ts";
import { IMPORT_AGE_MIN_MS } from "../../feed/limits-import.ts";
import { loadFollowGraph } from "./graph.ts";
import { type History, linesOfHistory, makeHistory } from "./history.ts";
import { makeWorld, type World } from "./world.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW_MS = Date.parse("2026-06-17T18:00:00Z");
let world: World;
let history: History;

beforeAll(async () => {
  world = makeWorld(await loadFollowGraph(), 1);
  history = makeHistory(world, NOW_MS);
});

const postAt = (number: number) => {
  const post = history.posts[number];
  if (post === undefined) throw new Error(`no post ${number}`);
  return post;
};

const isFollower = (account: number, author: number) =>
  world.following.get(account)?.includes(author) ?? false;

describe("the history of a demo", () => {
  test("is the same for the same world and time", () => {
    expect(makeHistory(world, NOW_MS)).toEqual(history);
  });

  test("goes back for weeks, ends minutes ago, and has posts of the last hours", () => {
    const times = history.posts.map(({ atMs }) => atMs);
    expect(Math.min(...times)).toBeLessThan(NOW_MS - 18 * DAY_MS);
    expect(Math.max(...times)).toBeLessThan(NOW_MS - IMPORT_AGE_MIN_MS);
    expect(times.filter((atMs) => atMs > NOW_MS - 6 * HOUR_MS).length).toBeGreaterThan(20);
  });

  test("is quiet at night", () => {
    const hours = history.posts.map(({ atMs }) => new Date(atMs).getHours());
    const between = (from: number, to: number) =>
      hours.filter((hour) => hour >= from && hour < to).length;
    expect(between(18, 22)).toBeGreaterThan(4 * between(2, 6));
  });

  test("has replies that come after the posts that they answer, half of them within an hour", () => {
    const delays = history.posts.flatMap(({ replyTo, atMs }) =>
      replyTo === null ? [] : [atMs - postAt(replyTo).atMs],
    );
    expect(delays.length).toBeGreaterThan(history.posts.length / 10);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
    const median = delays.toSorted((a, b) => a - b)[delays.length >> 1];
    expect(median).toBeLessThan(HOUR_MS);
  });

  test("has many likes for few posts, by followers of the author, once each", () => {
    const likes = history.posts.map(() => 0);
    const strangers: number[] = [];
    for (const { account, post } of history.likes) {
      if (!isFollower(account, postAt(post).author)) strangers.push(account);
      likes[post] = (likes[post] ?? 0) + 1;
    }
    expect(strangers).toEqual([]);
    const sorted = likes.toSorted((a, b) => b - a);
    const ofTop = sorted.slice(0, likes.length / 10).reduce((sum, n) => sum + n, 0);
    expect(ofTop).toBeGreaterThan(history.likes.length / 4);
    expect(sorted.filter((n) => n > 0).length).toBeGreaterThan(likes.length / 2);
    const unique = new Set(history.likes.map(({ account, post }) => `${account} ${post}`));
    expect(unique.size).toBe(history.likes.length);
  });

  test("has reposts, later than their posts, which the demo's people see", () => {
    const seen = new Set(world.demo.flatMap((account) => world.following.get(account) ?? []));
    expect(history.reposts.filter(({ account }) => seen.has(account)).length).toBeGreaterThan(100);
    for (const { post, atMs } of history.reposts) {
      expect(atMs).toBeGreaterThan(postAt(post).atMs);
      expect(atMs).toBeLessThan(NOW_MS - IMPORT_AGE_MIN_MS);
    }
  });

  test("has nothing that the demo's own people did", () => {
    const actors = [
      ...history.posts.map(({ author }) => author),
      ...[...history.likes, ...history.reposts].map(({ account }) => account),
    ];
    expect(actors.filter((account) => world.demo.includes(account))).toEqual([]);
  });

  test("becomes valid lines of an import, in which a post comes before what names it", () => {
    const known = new Set<string>();
    const wrong: unknown[] = [];
    for (const line of linesOfHistory(world, history)) {
      const named = "post" in line ? line.post.replyTo : "like" in line ? line.like[1] : undefined;
      const isKnown = named === undefined || known.has(named);
      if (!isKnown || !importLineSchema.safeParse(line).success) wrong.push(line);
      if ("post" in line) known.add(line.post.key);
    }
    expect(wrong).toEqual([]);
  });
});
