import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { idAt, idsOf, original, postsOf } from "../../test/entries.ts";
import type { Entry } from "./entry.ts";
import { BEGINNING, type Id, idCeiling, newestFirst } from "../ids.ts";
import { AUTHOR_PAGE_MIN_ENTRIES } from "../limits.ts";
import { mergeSlices, newestOfAuthors, type ReadAuthors, type Slice } from "./merge.ts";

const authorAt = (n: number): Id => idAt(n, n % 1024);
const TOP = idCeiling(2 ** 40);

/** A source that is complete down to its horizon, with some ids of a common history. */
const slice = fc
  .tuple(fc.uniqueArray(fc.integer({ min: 0, max: 40 })), fc.integer({ min: -1, max: 40 }))
  .map(([ns, down]): Slice => {
    const horizon = down < 0 ? BEGINNING : idAt(down);
    const entries = ns.map((n) => original({ id: idAt(n), author: authorAt(n) }));
    return { entries: entries.sort(newestFirst), horizon };
  });

describe("merging slices", () => {
  it("stops at the shallowest horizon, and shows each id once, newest first", () => {
    fc.assert(
      fc.property(fc.array(slice, { minLength: 1, maxLength: 5 }), (slices) => {
        const merged = mergeSlices(slices);
        const shallowest = slices
          .map(({ horizon }) => horizon)
          .toSorted()
          .at(-1);
        expect(merged.horizon).toBe(shallowest);
        const all = new Set(slices.flatMap(({ entries }) => idsOf(entries)));
        const wanted = [...all].filter((id) => id >= merged.horizon);
        expect(idsOf(merged.entries)).toEqual(wanted.sort().reverse());
      }),
    );
  });

  it("of no sources is empty and complete", () => {
    expect(mergeSlices([])).toEqual({ entries: [], horizon: BEGINNING });
  });
});

/** A store of posts that counts its reads. */
class CountingStore {
  calls = 0;
  rowsRead = 0;
  rowsAsked = 0;
  readonly #posts: ReadonlyMap<Id, Entry[]>;

  constructor(posts: readonly Entry[]) {
    this.#posts = Map.groupBy(posts.toSorted(newestFirst), (entry) => entry.post.author.id);
  }

  readonly read: ReadAuthors = (asks, { downTo, limit }) => {
    this.calls++;
    this.rowsAsked += asks.length * limit;
    const answers = new Map<Id, Slice>();
    for (const { author, below } of asks) {
      const own = this.#posts.get(author);
      if (own === undefined) continue;
      const entries = own.filter(({ id }) => id < below && id >= downTo).slice(0, limit);
      this.rowsRead += entries.length;
      const last = entries.at(-1);
      const cut = entries.length === limit && last !== undefined;
      answers.set(author, { entries, horizon: cut ? last.id : downTo });
    }
    return Promise.resolve(answers);
  };
}

/** A naive model: reads everything and takes the newest. */
function naive(posts: readonly Entry[], span: { below: Id; downTo: Id; want: number }): Slice {
  const all = posts.filter(({ id }) => id < span.below && id >= span.downTo).toSorted(newestFirst);
  const last = all[span.want - 1];
  return all.length > span.want && last !== undefined
    ? { entries: all.slice(0, span.want), horizon: last.id }
    : { entries: all, horizon: span.downTo };
}

/** The authors of posts, oldest post first, by number; some of them write far more often. */
const history = fc.array(fc.oneof(fc.constant(0), fc.nat(2), fc.nat(12)), { maxLength: 200 });
const written = history.map((authors) =>
  authors.map((author, n) => original({ id: idAt(n), author: authorAt(author) })),
);
const spans = fc
  .tuple(fc.nat(200), fc.option(fc.nat(100), { nil: null }), fc.integer({ min: 1, max: 60 }))
  .map(([below, down, want]) => ({
    below: below >= 190 ? TOP : idAt(below),
    downTo: down === null ? BEGINNING : idAt(down),
    want,
  }));

describe("the newest of many authors", () => {
  const authors = Array.from({ length: 13 }, (_, n) => authorAt(n));

  it("are the beginning of a merge of all their posts, complete down to the horizon", async () => {
    const checks = fc.asyncProperty(written, spans, async (posts, span) => {
      const found = await newestOfAuthors(authors, span, new CountingStore(posts).read);
      const wanted = naive(posts, span);
      expect(idsOf(found.entries)).toEqual(idsOf(wanted.entries));
      const last = found.entries.at(-1)?.id ?? span.below;
      expect(found.horizon <= last || found.horizon <= span.below).toBe(true);
      // Nothing that was written at or above the horizon is missing.
      const claimed = posts.filter(({ id }) => id >= found.horizon && id < span.below);
      const within = claimed.filter(({ id }) => id >= span.downTo);
      expect(within.length).toBe(found.entries.length);
      // Less than was wanted is all there is.
      const short = wanted.entries.length < span.want && span.below > span.downTo;
      expect(!short || found.horizon === span.downTo).toBe(true);
    });
    await fc.assert(checks, { numRuns: 500 });
  });

  it("cost at most a few rows per author and the wanted rows, for each round of reads", async () => {
    const checks = fc.asyncProperty(written, spans, async (posts, span) => {
      const store = new CountingStore(posts);
      await newestOfAuthors(authors, span, store.read);
      const first = AUTHOR_PAGE_MIN_ENTRIES * authors.length + 2 * span.want + authors.length;
      expect(store.rowsRead).toBeLessThanOrEqual(first + 2 * span.want * (store.calls - 1));
      expect(store.calls).toBeLessThanOrEqual(2 + Math.ceil(Math.log2(span.want + 1)));
    });
    await fc.assert(checks, { numRuns: 500 });
  });

  it("cost a few times the wanted rows when one of 300 authors writes nearly everything", async () => {
    const [loud = "", ...quiet] = Array.from({ length: 300 }, (_, n) => authorAt(n));
    const posts = [
      ...postsOf(loud, 3_000, 5_000),
      ...quiet.flatMap((author, n) => postsOf(author, 10, 10 * n)),
    ];
    const store = new CountingStore(posts);
    const span = { below: TOP, downTo: BEGINNING, want: 800 };
    const found = await newestOfAuthors([loud, ...quiet], span, store.read);
    expect(idsOf(found.entries)).toEqual(idsOf(naive(posts, span).entries));
    expect(store.rowsRead).toBeLessThanOrEqual(5 * span.want);
  });

  it("of one author cost the wanted rows plus one", async () => {
    const [author = ""] = authors;
    const store = new CountingStore(postsOf(author, 3_000));
    await newestOfAuthors([author], { below: TOP, downTo: BEGINNING, want: 800 }, store.read);
    expect([store.calls, store.rowsAsked]).toEqual([1, 801]);
  });

  it("of no authors are none", async () => {
    const store = new CountingStore([]);
    const span = { below: TOP, downTo: BEGINNING, want: 20 };
    expect(await newestOfAuthors([], span, store.read)).toEqual({
      entries: [],
      horizon: BEGINNING,
    });
    expect(store.calls).toBe(0);
  });
});
