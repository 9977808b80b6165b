import { describe, expect, it } from "vitest";
import { reactionsIn } from "../../../feed/timeline/entry.ts";
import { NO_VELOCITY, perHour, quicken } from "../../../feed/counts/velocity.ts";
import { countsAt, makeWorld, velocityAt, type SimulatedPost } from "./world.ts";

const MINUTE_MS = 60_000;
const HOURS = [1, 6, 24, 60];

/** The velocity of a counter that gets a post's reactions every minute. */
function counted(post: SimulatedPost, nowMs: number): number {
  let velocity = NO_VELOCITY;
  let before = 0;
  for (let atMs = post.writtenMs; atMs <= nowMs; atMs += MINUTE_MS) {
    const now = reactionsIn(countsAt(post, atMs));
    velocity = quicken(velocity, now - before, atMs);
    before = now;
  }
  return perHour(velocity, nowMs);
}

describe("a simulated post's velocity", () => {
  const posts = makeWorld(7)
    .authors.flatMap(({ entries }) => entries.map(({ post }) => post))
    .filter((_, n) => n % 200 === 0);
  const moments = posts.flatMap((post) =>
    HOURS.map((hours) => ({ post, nowMs: post.writtenMs + hours * 60 * MINUTE_MS })),
  );

  it("is close to a real counter's, for large and small posts, revived or not", () => {
    expect(moments.length).toBeGreaterThan(100);
    expect(posts.some(({ revival }) => revival !== null)).toBe(true);
    for (const { post, nowMs } of moments) {
      const exact = counted(post, nowMs);
      const said = perHour(velocityAt(post, nowMs), nowMs);
      expect(Math.abs(said - exact), `${said}, not ${exact}`).toBeLessThan(0.2 + 0.15 * exact);
    }
  });

  it("is 0 without any reaction, because a counter gets no fraction of one", () => {
    const silent = moments.filter(({ post, nowMs }) => reactionsIn(countsAt(post, nowMs)) === 0);
    expect(silent.length).toBeGreaterThan(10);
    for (const { post, nowMs } of silent) expect(velocityAt(post, nowMs).sum).toBe(0);
  });
});
