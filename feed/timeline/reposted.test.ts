import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { original, repost } from "../../test/entries.ts";
import type { Entry } from "./entry.ts";
import { type Id, makeId } from "../ids.ts";
import { SCROLL_REPOSTS_MAX } from "../limits.ts";
import { NOTHING_REPOSTED, rememberReposts, type Reposted, assumedShownFrom } from "./reposted.ts";

const author = makeId(1, 0, 0);
const idAt = (time: number): Id => makeId(time + 1_000, 0, 0);

/** What a scroll remembers after pages, each a list of entries, newest first. */
function afterPages(pages: readonly Entry[][]): { reposted: Reposted; below: Id } {
  let [reposted, below] = [NOTHING_REPOSTED, idAt(1_000_000)];
  for (const page of pages) {
    below = page.at(-1)?.id ?? below;
    reposted = rememberReposts(reposted, page, below);
  }
  return { reposted, below };
}

describe("the reposts that a scroll remembers", () => {
  it("are exactly those whose originals could occur further down, if they are not too many", () => {
    // Each entry is a new post, or a repost of an older one.
    const anyEntry = fc.option(fc.nat({ max: 60 }), { freq: 2 });
    const anyScroll = fc.array(anyEntry, { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(anyScroll, fc.integer({ min: 1, max: 20 }), (drawn, size) => {
        const entries = drawn.map((older, n) => {
          const time = drawn.length - n + 60;
          if (older === null) return original({ id: idAt(time), author });
          return repost(idAt(time), author, { id: idAt(older), author });
        });
        const pages = Array.from({ length: Math.ceil(entries.length / size) }, (_, n) =>
          entries.slice(n * size, (n + 1) * size),
        );
        const { reposted, below } = afterPages(pages);
        const shown = new Set(entries.map((entry) => entry.post.id));
        const again = [...shown].filter((post) => post < below);
        expect(reposted.more).toBe(false);
        expect([...reposted.posts].sort()).toEqual(again.sort());
      }),
    );
  });

  it("are the last ones if a cursor can't carry all, and everything above then counts as shown", () => {
    const reposts = Array.from({ length: SCROLL_REPOSTS_MAX + 1 }, (_, n) =>
      repost(idAt(2_000 - n), author, { id: idAt(n), author }),
    );
    const top = idAt(2_000);
    const all = afterPages([reposts.slice(0, -1)]);
    expect(all.reposted.more).toBe(false);
    expect(assumedShownFrom({ top, ...all })).toBeNull();
    const more = afterPages([reposts.slice(0, -1), reposts.slice(-1)]);
    expect(more.reposted.posts).toEqual(reposts.slice(1).map((entry) => entry.post.id));
    expect(assumedShownFrom({ top, ...more })).toBe(top);
    const later = rememberReposts(more.reposted, [], idAt(0));
    expect(later).toEqual({ posts: [], more: true });
  });
});
