import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FreshnessLog, FreshnessView, type FreshnessUpdate } from "./freshness.ts";
import { makeId } from "../ids.ts";
import { FRESHNESS_KEPT_MS } from "../limits.ts";

const AUTHORS = Array.from({ length: 5 }, (_, n) => makeId(1, n, n));

describe("a freshness log and an isolate's view of it", () => {
  it("never vouch for a page that lacks a change, even with late answers and lost memory", () => {
    const step = fc.record({
      waitMs: fc.integer({ min: 0, max: FRESHNESS_KEPT_MS }),
      author: fc.nat(AUTHORS.length - 1),
      what: fc.constantFrom("change", "change", "change", "read", "read", "ask", "receive", "lose"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(5), (steps, maxAuthors) => {
        let nowMs = 1_000_000;
        let log = new FreshnessLog("0", nowMs);
        const view = new FreshnessView(maxAuthors);
        const changes = new Map<string, { version: number; atMs: number }[]>();
        const inFlight: { update: FreshnessUpdate; askedMs: number }[] = [];
        for (const [n, { waitMs, author, what }] of steps.entries()) {
          // Every step has a time of its own, so that their order is clear.
          nowMs += 1 + waitMs;
          const id = AUTHORS[author] ?? "";
          if (what === "lose") log = new FreshnessLog(String(n + 1), nowMs);
          if (what === "change") {
            const earlier = changes.get(id) ?? [];
            changes.set(id, [...earlier, { version: n + 1, atMs: nowMs }]);
            log.recordVersion(id, n + 1, nowMs);
          }
          const answer = { update: log.changesAfter(view.position, nowMs), askedMs: nowMs };
          if (what === "ask") inFlight.push(answer);
          const received = what === "receive" ? inFlight.splice(author % 3, 1)[0] : undefined;
          if (what === "read") view.apply(answer.update, answer.askedMs);
          if (received !== undefined) view.apply(received.update, received.askedMs);
          for (const asked of AUTHORS) {
            const all = (changes.get(asked) ?? []).filter(({ atMs }) => atMs <= view.asOfMs);
            for (const ageMs of [0, 90_000, FRESHNESS_KEPT_MS * 3]) {
              const pageMs = view.asOfMs - ageMs;
              const page = all.filter(({ atMs }) => atMs <= pageMs).at(-1)?.version ?? 0;
              const newest = all.at(-1)?.version ?? 0;
              expect(view.vouches(asked, page, pageMs) && page !== newest).toBe(false);
            }
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("vouch for a page that is 90 seconds old once the log is two minutes old", () => {
    const log = new FreshnessLog("a", 0);
    const view = new FreshnessView();
    const nowMs = FRESHNESS_KEPT_MS;
    view.apply(log.changesAfter(null, nowMs), nowMs);
    expect(view.vouches(AUTHORS[0] ?? "", 0, nowMs - 90_000)).toBe(true);
    log.recordVersion(AUTHORS[0] ?? "", 7, nowMs);
    view.apply(log.changesAfter(view.position, nowMs), nowMs);
    expect(view.vouches(AUTHORS[0] ?? "", 6, nowMs)).toBe(false);
    expect(view.vouches(AUTHORS[0] ?? "", 7, nowMs)).toBe(true);
  });

  it("continue from the last position, with the later changes and no others", () => {
    const log = new FreshnessLog("a", 0);
    const [one = "", two = ""] = AUTHORS;
    log.recordVersion(one, 1, 1);
    const first = log.changesAfter(null, 2);
    log.recordVersion(two, 1, 3);
    const next = log.changesAfter({ log: first.log, position: first.position }, 4);
    expect(next).toMatchObject({ continues: true, changes: [{ author: two, version: 1 }] });
  });
});
