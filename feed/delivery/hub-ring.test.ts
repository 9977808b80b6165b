import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeId } from "../ids.ts";
import { HUB_CHILDREN, HUBS_PER_REGION_MAX } from "../limits.ts";
import {
  firstHubs,
  type HubName,
  hubOf,
  hubsPerRegion,
  parentOf,
  reachOf,
  regionOfHub,
} from "./hub-ring.ts";

const USERS = Array.from({ length: 20_000 }, (_, n) => makeId(1_000 + n, n % 1024, n));

/** The hubs of a ring, as users find them. */
function ringOf(hubs: number): HubName[] {
  const found = new Set<HubName>();
  for (const user of USERS) found.add(hubOf("weur", hubs, user));
  return [...found];
}

describe("a ring of hubs", () => {
  it("spreads users evenly", () => {
    const perHub = Map.groupBy(USERS, (user) => hubOf("weur", 20, user));
    expect(perHub.size).toBe(20);
    for (const users of perHub.values()) {
      expect(users.length).toBeGreaterThan(850);
      expect(users.length).toBeLessThan(1_150);
    }
  });

  it("is a tree for each topic: every hub hears once, from one hub or from the source", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(1_000_000), (hubs, n) => {
        const topic = makeId(7, n % 1024, n);
        const [first] = firstHubs(hubs, topic).filter((name) => regionOfHub(name) === "weur");
        const ring = ringOf(hubs);
        const children = new Map<HubName, number>();
        for (const hub of ring) {
          let at = hub;
          let levels = 1;
          for (let up = parentOf(at, topic); up !== null; up = parentOf(at, topic)) {
            if (levels++ === 1) children.set(up, (children.get(up) ?? 0) + 1);
            at = up;
          }
          expect(at).toBe(first);
          expect(levels).toBeLessThanOrEqual(reachOf(hubs).levels);
        }
        expect(ring).toHaveLength(hubs);
        for (const calls of children.values()) expect(calls).toBeLessThanOrEqual(HUB_CHILDREN);
      }),
      { numRuns: 30 },
    );
  });

  it("begins at different hubs for different topics, so that no hub is first for all", () => {
    const firsts = USERS.slice(0, 1_000).map((topic) => firstHubs(10, topic)[0]);
    const perHub = Map.groupBy(firsts, (hub) => hub);
    expect(perHub.size).toBe(10);
    for (const topics of perHub.values()) expect(topics.length).toBeLessThan(170);
  });

  it("reaches the most hubs in three steps", () => {
    expect(reachOf(1)).toEqual({ levels: 1, callsPerHub: 0 });
    expect(reachOf(HUBS_PER_REGION_MAX).levels).toBeLessThanOrEqual(3);
  });

  it("has one hub unless a valid number of hubs is configured", () => {
    for (const wrong of [undefined, "", "0", "-1", "1.5", "many", `${HUBS_PER_REGION_MAX + 1}`]) {
      expect(hubsPerRegion(wrong)).toBe(1);
    }
    expect(hubsPerRegion("12")).toBe(12);
  });
});
