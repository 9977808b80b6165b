import { beforeAll, describe, expect, test } from "vitest";
import { codePoints } from "../../feed/wire.ts";
import { HANDLE_PATTERN } from "../../feed/handle.ts";
import { NAME_MAX_CHARS, POST_TEXT_MAX_CHARS } from "../../feed/limits.ts";
import { chatter, type Line } from "./chatter.ts";
import { compact, loadFollowGraph } from "./graph.ts";
import { randomFrom } from "./random.ts";
import { DEMO_PEOPLE, followsOf, makeWorld, type World } from "./world.ts";

const LINES = 2_400;
let world: World;
let lines: Line[];

beforeAll(async () => {
  world = makeWorld(await loadFollowGraph(), 1);
  lines = write(world, 7);
});

function write(of: World, seed: number): Line[] {
  const said = chatter(of, randomFrom(seed));
  return Array.from({ length: LINES }, () => said.next().value);
}

describe("the graph", () => {
  test("has tens of thousands of accounts and more than a hundred thousand follows", () => {
    expect(world.people.length).toBeGreaterThan(20_000);
    expect([...followsOf(world)].length).toBeGreaterThan(100_000);
  });

  test("numbers accounts without gaps, and has no follow of oneself", () => {
    const graph = compact(
      new Map([
        [70, new Set([70, 9])],
        [9, new Set([500, 70])],
        [8, new Set([8])],
      ]),
    );
    expect(graph.accounts).toBe(3);
    expect([...graph.following]).toEqual([
      [0, [1]],
      [1, [2, 0]],
    ]);
  });
});

describe("the people", () => {
  test("have valid names and valid, unique handles", () => {
    const handles = new Set(world.people.map(({ handle }) => handle));
    expect(handles.size).toBe(world.people.length);
    for (const { handle, name } of world.people) {
      expect(handle).toMatch(HANDLE_PATTERN);
      expect(codePoints(name)).toBeLessThanOrEqual(NAME_MAX_CHARS);
    }
  });

  test("are the same for the same seed, and different for another one", async () => {
    const graph = await loadFollowGraph();
    expect(makeWorld(graph, 1)).toEqual(world);
    expect(makeWorld(graph, 2).people).not.toEqual(world.people);
  });

  test("of the demo have many followees, have followers, and come first among the follows", () => {
    const handles = DEMO_PEOPLE.map(({ handle }) => handle);
    expect(world.demo.map((account) => world.people[account]?.handle)).toEqual(handles);
    for (const account of world.demo) {
      expect(world.following.get(account)?.length).toBeGreaterThan(300);
      expect(world.followers[account]).toBeGreaterThan(20);
    }
    const own = world.demo.reduce((sum, one) => sum + (world.following.get(one)?.length ?? 0), 0);
    const first = [...followsOf(world)].slice(0, own).map(([follower]) => follower);
    expect([...new Set(first)]).toEqual(handles);
  });

  test("of the demo follow each other and both pulled authors", () => {
    for (const account of world.demo) {
      const others = world.demo.filter((other) => other !== account);
      expect(world.following.get(account)).toEqual(
        expect.arrayContaining([...others, ...world.stars]),
      );
    }
  });

  test("have exactly two authors at the threshold, who are none of the demo's people", () => {
    const above = world.followers.flatMap((n, account) => (n >= world.threshold ? [account] : []));
    expect(new Set(above)).toEqual(new Set(world.stars));
    expect(above.length).toBe(2);
    expect(above.filter((account) => world.demo.includes(account))).toEqual([]);
  });

  test("have eight readers online, who are none of the demo's people and follow some of the same", () => {
    expect(new Set(world.players).size).toBe(8);
    const followed = new Set(world.demo.flatMap((account) => world.following.get(account) ?? []));
    for (const player of world.players) {
      expect(world.demo).not.toContain(player);
      const shared = world.following.get(player)?.filter((followee) => followed.has(followee));
      expect(shared?.length).toBeGreaterThan(100);
    }
  });

  test("cannot be made of a graph in which two accounts follow somebody", () => {
    const following = new Map([
      [0, [1]],
      [1, [0]],
    ]);
    expect(() => makeWorld({ accounts: 9, following }, 1)).toThrow(/needs 5 accounts/);
  });
});

describe("the posts of a world", () => {
  test("are the same for the same seed, and different for another one", () => {
    expect(write(world, 7)).toEqual(lines);
    expect(write(world, 8)).not.toEqual(lines);
  });

  test("are short enough for a post, with every blank filled", () => {
    for (const { text } of lines) {
      expect(codePoints(text)).toBeLessThanOrEqual(POST_TEXT_MAX_CHARS);
      expect(text).not.toMatch(/[{}/]/);
    }
  });

  test("answer only earlier posts of others, and often enough", () => {
    const replies = lines.flatMap((line, number) =>
      line.replyTo === null ? [] : [{ number, line, parent: line.replyTo }],
    );
    expect(replies.length).toBeGreaterThan(LINES / 10);
    for (const { number, line, parent } of replies) {
      expect(parent).toBeLessThan(number);
      expect(lines[parent]?.author).not.toBe(line.author);
    }
  });

  test("are never by the demo's own people", () => {
    expect(lines.filter(({ author }) => world.demo.includes(author))).toEqual([]);
  });

  test("are by both pulled authors, too", () => {
    for (const star of world.stars) {
      expect(lines.filter(({ author }) => author === star).length).toBeGreaterThan(LINES / 100);
    }
  });

  test("make threads of three posts and more", () => {
    const depths: number[] = [];
    for (const { replyTo } of lines) depths.push(replyTo === null ? 0 : 1 + (depths[replyTo] ?? 0));
    expect(depths.filter((depth) => depth >= 2).length).toBeGreaterThan(LINES / 50);
  });

  test("fill the timelines of the demo's people", () => {
    for (const account of world.demo) {
      const following = new Set(world.following.get(account));
      const seen = lines.filter(({ author }) => following.has(author));
      expect(seen.length).toBeGreaterThan(LINES / 4);
    }
  });

  test("are mostly by accounts with many followers", () => {
    const mean = (accounts: readonly number[]) =>
      accounts.reduce((sum, account) => sum + (world.followers[account] ?? 0), 0) / accounts.length;
    const everyone = world.people.map((_, account) => account);
    expect(mean(lines.map(({ author }) => author))).toBeGreaterThan(5 * mean(everyone));
  });

  test("repeats little", () => {
    expect(new Set(lines.map(({ text }) => text)).size).toBeGreaterThan(LINES * 0.7);
  });
});
