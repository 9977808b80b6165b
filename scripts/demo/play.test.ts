import { describe, expect, test } from "vitest";
import type { Activity } from "../load/sources.ts";
import { playOf } from "./play.ts";
import { handleOf, makeWorld } from "./world.ts";

const ACCOUNTS = 12;
const NOW_MS = Date.parse("2026-06-17T18:00:00Z");
const everyone = Array.from({ length: ACCOUNTS }, (_, account) => account);
const world = makeWorld(
  {
    accounts: ACCOUNTS,
    following: new Map(everyone.map((one) => [one, everyone.filter((other) => other !== one)])),
  },
  1,
);
const people = everyone.filter((account) => !world.demo.includes(account));
const [ann = -1, ben = -1, cas = -1] = people;

/** Ten activities, a minute apart: the first eight become the history. */
function activities(...first: Omit<Activity, "atS">[]): Activity[] {
  const rest = Array.from({ length: 10 - first.length }, () => ({
    actor: cas,
    target: cas,
    kind: "MT" as const,
  }));
  return [...first, ...rest].map((one, n) => ({ ...one, atS: 1_000 + n * 60 }));
}

describe("a trace as a play", () => {
  test("ends its history two minutes ago, with the pauses of the trace", () => {
    const { posts } = playOf(world, activities(), NOW_MS).history;
    expect(posts.map(({ atMs }) => (NOW_MS - atMs) / 60_000)).toEqual([9, 8, 7, 6, 5, 4, 3, 2]);
  });

  test("leaves the rest to happen live, with the pauses of the trace", () => {
    const { acts } = playOf(world, activities(), NOW_MS);
    expect(acts.map(({ afterMs }) => afterMs)).toEqual([60_000, 60_000]);
  });

  test("names who is mentioned", () => {
    const { history } = playOf(world, activities({ actor: ann, target: ben, kind: "MT" }), NOW_MS);
    expect(history.posts[0]?.text).toContain(`@${handleOf(world, ben)} `);
  });

  test("reposts and answers the newest post of the target, which is made up if there is none", () => {
    const first = activities(
      { actor: ann, target: ben, kind: "RT" },
      { actor: cas, target: ben, kind: "RE" },
    );
    const { posts, reposts } = playOf(world, first, NOW_MS).history;
    expect(posts[0]).toMatchObject({ author: ben, replyTo: null });
    expect(reposts).toMatchObject([{ account: ann, post: 0 }]);
    expect(posts[1]).toMatchObject({ author: cas, replyTo: 0 });
  });

  test("does nothing in the names of the demo's own people", () => {
    const [own = -1] = world.demo;
    const first = activities(
      { actor: own, target: ann, kind: "RE" },
      { actor: ann, target: own, kind: "RT" },
    );
    const { history, acts } = playOf(world, first, NOW_MS);
    expect(history.posts.map(({ author }) => author)).not.toContain(own);
    expect(history.reposts).toEqual([]);
    expect(acts.length).toBeGreaterThan(0);
  });

  test("numbers its live posts after those of the history", () => {
    const trace = activities();
    trace.push(
      { actor: ann, target: ann, kind: "MT", atS: 2_000 },
      { actor: ben, target: ann, kind: "RE", atS: 2_001 },
    );
    const { history, acts } = playOf(world, trace, NOW_MS);
    const reply = acts.at(-1);
    if (reply?.kind !== "post") throw new Error("the last act is a reply");
    expect(reply.replyTo).toBe(history.posts.length + acts.length - 2);
  });
});
