import { describe, expect, it } from "vitest";
import { original } from "../../test/entries.ts";
import { makeId } from "../ids.ts";
import { LIVE_KEPT_MS, LIVE_RECENT_MS } from "../limits.ts";
import type { EntryChange } from "../timeline/entry.ts";
import { AuthorMemory } from "./author-memory.ts";
import type { AuthorNews } from "./notices.ts";

const AUTHOR = makeId(1, 1, 1);
const NOW_MS = 10 * LIVE_KEPT_MS;

function post(no: number): EntryChange {
  return { kind: "entry", entry: original({ id: makeId(NOW_MS + no, 1, no), author: AUTHOR }) };
}

function news(
  version: number,
  after: number | null,
  changes: readonly EntryChange[] = [],
): AuthorNews {
  return { author: AUTHOR, changes, version, after };
}

/** A memory that has asked the author feed at version 5. */
function asked(maxNews?: number): AuthorMemory {
  const memory = new AuthorMemory(maxNews);
  memory.beginAsking(AUTHOR);
  memory.endAsking(AUTHOR, { version: 5, fromMs: 0, news: [] }, NOW_MS);
  return memory;
}

describe("a hub's memory of an author", () => {
  it("tells news from repeated ones, and notices when news before them are missing", () => {
    const memory = asked();
    expect(memory.takeIn(news(6, 5), NOW_MS)).toBe("new");
    expect(memory.takeIn(news(6, 5), NOW_MS)).toBe("repeated");
    expect(memory.takeIn(news(9, 8), NOW_MS)).toBe("gap");
    expect(memory.takeIn(news(7, null), NOW_MS)).toBe("gap");
    expect(memory.versionOf(AUTHOR)).toBe(6);
  });

  it("has the news that came while the author feed was being asked", () => {
    const memory = new AuthorMemory();
    memory.beginAsking(AUTHOR);
    for (const version of [5, 6, 7]) memory.takeIn(news(version, version - 1), NOW_MS);
    memory.endAsking(AUTHOR, { version: 5, fromMs: 0, news: [] }, NOW_MS);
    expect(memory.versionOf(AUTHOR)).toBe(7);
    expect(memory.newsAfter(AUTHOR, 5)?.map(({ version }) => version)).toEqual([6, 7]);
    expect(memory.newsAfter(AUTHOR, 4)).toBeNull();
  });

  it("says nothing if the author feed is not filled or did not answer", () => {
    for (const snapshot of [null, { version: null, fromMs: 0, news: [] }]) {
      const memory = asked();
      memory.beginAsking(AUTHOR);
      memory.endAsking(AUTHOR, snapshot, NOW_MS);
      expect(memory.versionOf(AUTHOR)).toBeNull();
      expect(memory.changesSince(AUTHOR, NOW_MS, NOW_MS)).toBeNull();
    }
  });

  it("returns the changes that a page may lack, unless it has forgotten some of them", () => {
    const memory = asked();
    memory.takeIn(news(6, 5, [post(1)]), NOW_MS - LIVE_RECENT_MS - 1);
    memory.takeIn(news(7, 6, [post(2)]), NOW_MS - LIVE_RECENT_MS);
    const since = memory.changesSince(AUTHOR, NOW_MS, NOW_MS);
    expect(since?.map(({ version }) => version)).toEqual([7]);
    expect(memory.changesSince(AUTHOR, NOW_MS - LIVE_KEPT_MS, NOW_MS)).toBeNull();
    memory.forgetBefore(NOW_MS - 1);
    expect(memory.changesSince(AUTHOR, NOW_MS, NOW_MS)).toEqual([]);
    expect(memory.changesSince(AUTHOR, NOW_MS - 2, NOW_MS)).toBeNull();
  });

  it("loses the text of a post when it is deleted", () => {
    const memory = asked();
    const change = post(1);
    memory.takeIn(news(6, 5, [change, post(2)]), NOW_MS);
    const id = change.kind === "entry" ? change.entry.id : "";
    memory.takeIn(news(7, 6, [{ kind: "remove", id }]), NOW_MS);
    const kinds = memory.changesSince(AUTHOR, NOW_MS, NOW_MS)?.map(({ change: one }) => one.kind);
    expect(kinds).toEqual(["entry", "remove"]);
  });

  it("forgets the older news when it has too many, and knows that it has", () => {
    const memory = asked(10);
    for (let n = 0; n < 30; n++) {
      const atMs = NOW_MS + n * 60_000;
      memory.takeIn(news(6 + n, 5 + n, [post(n)]), atMs);
    }
    const endMs = NOW_MS + 29 * 60_000;
    expect(memory.versionOf(AUTHOR)).toBe(35);
    expect(memory.changesSince(AUTHOR, endMs - LIVE_KEPT_MS + LIVE_RECENT_MS, endMs)).toBeNull();
    expect(memory.changesSince(AUTHOR, endMs, endMs)).not.toEqual([]);
  });
});
