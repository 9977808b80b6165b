import { describe, expect, it } from "vitest";
import { randomFrom } from "../../demo/random.ts";
import { Clock, Server } from "./clock.ts";

describe("a clock of virtual time", () => {
  it("runs events in order of time, and equal ones in order of scheduling", () => {
    const random = randomFrom(7);
    const clock = new Clock();
    const times = Array.from({ length: 500 }, () => random.below(50));
    const ran: { ms: number; n: number }[] = [];
    for (const [n, ms] of times.entries()) {
      clock.at(ms, () => {
        expect(clock.nowMs).toBe(ms);
        ran.push({ ms, n });
      });
    }
    clock.runTo(100);
    const expected = times.map((ms, n) => ({ ms, n })).sort((a, b) => a.ms - b.ms || a.n - b.n);
    expect(ran).toEqual(expected);
    expect(clock.nowMs).toBe(100);
  });

  it("runs what an event schedules, and nothing after the end", () => {
    const clock = new Clock();
    const ran: number[] = [];
    const again = () => {
      ran.push(clock.nowMs);
      clock.after(10, again);
    };
    clock.at(5, again);
    clock.runTo(30);
    expect(ran).toEqual([5, 15, 25]);
  });
});

describe("a server", () => {
  it("takes one thing after the other, and nothing while it is down", () => {
    const clock = new Clock();
    const server = new Server(clock);
    expect([server.take(4), server.take(4)]).toEqual([4, 8]);
    clock.runTo(20);
    expect(server.take(1)).toBe(21);
    server.downUntilMs = 30;
    expect(server.take(1)).toBeNull();
    clock.runTo(30);
    expect(server.take(1)).toBe(31);
  });
});
