import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeId } from "../ids.ts";
import { FRESHNESS_EVERY_MS, FRESHNESS_TRUSTED_MS } from "../limits.ts";
import { AuthorMemory } from "./author-memory.ts";
import { FreshnessView } from "./freshness.ts";
import type { AuthorNews, AuthorSnapshot } from "./notices.ts";

const AUTHORS = Array.from({ length: 4 }, (_, n) => makeId(1, n, n));

/** An author feed that sends its news to one hub, in order, but later. */
class Feed {
  version = 1;
  attached = false;
  unsent: AuthorNews[] = [];
  readonly author: string;

  constructor(author: string) {
    this.author = author;
  }

  change(): void {
    const after = this.version++;
    const news = { author: this.author, changes: [], version: this.version, after };
    if (this.attached) this.unsent.push(news);
  }

  attach(nowMs: number): AuthorSnapshot {
    this.attached = true;
    return { version: this.version, fromMs: nowMs, news: [] };
  }
}

describe("a hub's memory and an isolate's view of it", () => {
  it("never name an older version than the hub could know, with late answers and lost memory", () => {
    const step = fc.record({
      author: fc.nat(AUTHORS.length - 1),
      what: fc.constantFrom(
        "change",
        "change",
        "send",
        "send",
        "repeat",
        "attach",
        "answer",
        "answer",
        "ask",
        "receive",
        "lose",
      ),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.nat(5), (steps, maxAuthors) => {
        let nowMs = 1_000_000;
        let memory = new AuthorMemory();
        const view = new FreshnessView(maxAuthors);
        const feeds = new Map(AUTHORS.map((author) => [author, new Feed(author)]));
        const sent: AuthorNews[] = [];
        const snapshots = new Map<string, AuthorSnapshot>();
        const answers: { versions: Map<string, number>; askedMs: number; least: number[] }[] = [];
        for (const { author, what } of steps) {
          nowMs++;
          const id = AUTHORS[author] ?? "";
          const feed = feeds.get(id) ?? new Feed(id);
          if (what === "change") feed.change();
          if (what === "lose") {
            memory = new AuthorMemory();
            snapshots.clear();
          }
          if (what === "attach" && !snapshots.has(id)) {
            memory.beginAsking(id);
            snapshots.set(id, feed.attach(nowMs));
          }
          const snapshot = snapshots.get(id);
          if (what === "answer" && snapshot !== undefined) {
            memory.endAsking(id, snapshot, nowMs);
            snapshots.delete(id);
          }
          const news = what === "send" ? feed.unsent.shift() : undefined;
          if (news !== undefined) {
            sent.push(news);
            if (memory.takeIn(news, nowMs) === "gap") memory.forget(id);
          }
          const old = what === "repeat" ? sent[author % Math.max(1, sent.length)] : undefined;
          if (old !== undefined && memory.takeIn(old, nowMs) === "gap") memory.forget(old.author);
          if (what === "ask") {
            view.noteAsked(AUTHORS, nowMs);
            const named = AUTHORS.flatMap((one): [string, number][] => {
              const version = memory.versionOf(one);
              return version === null ? [] : [[one, version]];
            });
            answers.push({ versions: new Map(named), askedMs: nowMs, least: [] });
          }
          // A hub that names a version names the newest, less what is on its way to it.
          for (const [one, { version, unsent }] of feeds) {
            const known = memory.versionOf(one);
            const least = snapshots.has(one) ? 0 : version - unsent.length;
            expect(known ?? version).toBeGreaterThanOrEqual(least);
          }
          const answer = what === "receive" ? answers.splice(author % 3, 1)[0] : undefined;
          if (answer === undefined) continue;
          const before = new Map(AUTHORS.map((one) => [one, view.versionOf(one)]));
          view.apply(answer.versions, answer.askedMs);
          for (const one of AUTHORS) {
            expect(view.versionOf(one)).toBeGreaterThanOrEqual(before.get(one) ?? 0);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("let an isolate ask once a second, and trust an answer for three", () => {
    const view = new FreshnessView();
    const [author = ""] = AUTHORS;
    expect(view.due([author], 5_000)).toEqual([author]);
    view.noteAsked([author], 5_000);
    expect(view.due([author], 5_000 + FRESHNESS_EVERY_MS - 1)).toEqual([]);
    expect(view.due([author], 5_000 + FRESHNESS_EVERY_MS)).toEqual([author]);
    expect(view.trusts(author, 5_000)).toBe(false);
    view.apply(new Map([[author, 7]]), 5_000);
    expect(view.trusts(author, 5_000 + FRESHNESS_TRUSTED_MS)).toBe(true);
    expect(view.trusts(author, 5_000 + FRESHNESS_TRUSTED_MS + 1)).toBe(false);
    view.apply(new Map([[author, 6]]), 4_000);
    expect(view.versionOf(author)).toBe(7);
  });
});
