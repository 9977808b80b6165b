import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { idAt, idsOf, original, postsOf, repost } from "../../test/entries.ts";
import { type Entry, entryAuthor } from "./entry.ts";
import {
  type ChunkHeader,
  type ChunkStorage,
  emptyState,
  HotWindow,
  type Stamped,
  type WindowState,
} from "./hot-window.ts";
import { BEGINNING, type Id, newestFirst } from "../ids.ts";
import { WINDOW_CHUNKS } from "../limits.ts";

/** Stores chunks as texts, as rows do, and counts the written rows. */
class MemoryStorage implements ChunkStorage {
  rowsWritten = 0;
  #state: WindowState = emptyState(0);
  readonly #rows = new Map<number, { header: ChunkHeader; state: WindowState; text: string }>();

  headers(): ChunkHeader[] {
    return [...this.#rows.values()].map((row) => row.header);
  }

  read(no: number): Stamped[] {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `write` below wrote it
    return JSON.parse(this.#rows.get(no)?.text ?? "[]") as Stamped[];
  }

  write(header: ChunkHeader, entries: readonly Stamped[], state: WindowState): void {
    this.rowsWritten++;
    this.#rows.set(header.no, { header, state: { ...state }, text: JSON.stringify(entries) });
  }

  drop(no: number): void {
    if (this.#rows.delete(no)) this.rowsWritten++;
  }

  flush(window: HotWindow): void {
    if (window.flush()) return;
    this.rowsWritten++;
    this.#state = { ...window.state };
  }

  open(maxEntries: number): HotWindow {
    const states = [this.#state, ...[...this.#rows.values()].map((row) => row.state)];
    const newest = states.reduce((best, state) => (state.seq > best.seq ? state : best));
    return new HotWindow(this, newest, maxEntries);
  }
}

/** A naive model of a window: a list of everything that was added and not removed. */
class Naive {
  held: Stamped[] = [];

  insert(entry: Entry, horizon: Id, seq: number): boolean {
    if (entry.id < horizon || this.held.some((held) => held.entry.id === entry.id)) return false;
    this.held.push({ seq, entry });
    return true;
  }

  above(horizon: Id): Stamped[] {
    return this.held
      .filter(({ entry }) => entry.id >= horizon)
      .sort((a, b) => newestFirst(a.entry, b.entry));
  }
}

const AUTHORS = [idAt(1, 1), idAt(1, 2), idAt(1, 3)];
const authorOf = (n: number): Id => AUTHORS[n % 3] ?? "";
/** Entries of which every fifth is a repost of the one four below it. */
const entryAt = (n: number): Entry =>
  n % 5 === 4
    ? repost(idAt(n), authorOf(n), { id: idAt(n - 4), author: authorOf(n + 1) })
    : original({ id: idAt(n), author: authorOf(n) });

const at = fc.integer({ min: 0, max: 120 });
const operation = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant("insert" as const), at }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("purge" as const), at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("raise" as const), at }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("flush" as const), at }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("reload" as const), at }) },
);

/** Applies one operation to the window and to the naive list. @returns the window to continue with */
function apply(
  { do: what, at: n }: { do: string; at: number },
  { window, naive, storage }: { window: HotWindow; naive: Naive; storage: MemoryStorage },
  maxEntries: number,
): HotWindow {
  const { horizon } = window.state;
  if (what === "insert") {
    const seq = window.insert(entryAt(n));
    const fresh = naive.insert(entryAt(n), horizon, seq ?? 0);
    if (fresh !== (seq !== null)) throw new Error(`insert ${n} said ${seq}`);
  } else if (what === "delete") {
    const shows = (entry: Entry): boolean => entry.id === idAt(n) || entry.post.id === idAt(n);
    window.remove(shows, idAt(n));
    naive.held = naive.held.filter(({ entry }) => !shows(entry));
  } else if (what === "purge") {
    window.remove((entry) => entryAuthor(entry) === authorOf(n));
    naive.held = naive.held.filter(({ entry }) => entryAuthor(entry) !== authorOf(n));
  } else if (what === "raise") {
    window.raiseHorizon(idAt(n));
    if (window.state.horizon < idAt(n)) throw new Error(`the horizon was not raised to ${n}`);
  } else storage.flush(window);
  return what === "reload" ? storage.open(maxEntries) : window;
}

describe("removing an account", () => {
  it("leaves no post or repost of it, no repost of its posts, and no copy of them in replies", () => {
    const [ada, bob] = [idAt(1), idAt(2)];
    const hers = { id: idAt(10), author: ada };
    const copy = { author: original(hers).post.author, text: "hers" };
    const answered = { id: hers.id, author: ada, copy };
    const reply = original({ id: idAt(11), author: bob, replyTo: answered });
    const own = original({ id: idAt(12), author: bob });
    const window = new HotWindow(new MemoryStorage(), emptyState(0), 100);
    const all = [
      original(hers),
      reply,
      own,
      repost(idAt(13), ada, { id: own.id, author: bob }),
      repost(idAt(14), bob, hers),
    ];
    for (const entry of all) window.insert(entry);
    window.removeAccount(ada);
    const left = [...window.entries()].map(({ entry }) => entry);
    expect(idsOf(left)).toEqual([own.id, reply.id]);
    expect(left[1]?.post.replyTo).toEqual({ ...answered, copy: null });
  });
});

describe("a window", () => {
  it("equals a naive list above an exact horizon, after any operations, also reloaded", () => {
    const runs = fc.property(
      fc.integer({ min: 1, max: 70 }),
      fc.array(operation, { maxLength: 150 }),
      (maxEntries, operations) => {
        const storage = new MemoryStorage();
        const naive = new Naive();
        let window = storage.open(maxEntries);
        let { seq, floor, horizon } = window.state;
        for (const one of operations) {
          window = apply(one, { window, naive, storage }, maxEntries);
          const { state } = window;
          expect([...window.entries()]).toEqual(naive.above(state.horizon));
          expect(window.size).toBe(naive.above(state.horizon).length);
          expect(window.size).toBeLessThanOrEqual(maxEntries);
          expect(state.seq >= seq && state.floor >= floor && state.horizon >= horizon).toBe(true);
          ({ seq, floor, horizon } = state);
        }
        storage.flush(window);
        const reopened = storage.open(maxEntries);
        expect(reopened.state).toEqual(window.state);
        expect([...reopened.entries()]).toEqual([...window.entries()]);
        // A replay from above the floor is complete: no change above it has left the window.
        const since = window.state.floor;
        const missed = naive.held.filter((held) => held.seq > since).sort((a, b) => a.seq - b.seq);
        expect(reopened.after(since)).toEqual(missed);
      },
    );
    fc.assert(runs, { numRuns: 300 });
  });

  it("iterates from a given id, also in the middle of a chunk", () => {
    fc.assert(
      fc.property(fc.uniqueArray(at, { maxLength: 60 }), at, (ns, from) => {
        const window = new MemoryStorage().open(200);
        for (const n of ns) window.insert(entryAt(n));
        const shown = [...window.entries(idAt(from))].map(({ entry }) => entry.id);
        const wanted = ns.filter((n) => n <= from).map((n) => idAt(n));
        expect(shown).toEqual(wanted.sort().reverse());
      }),
    );
  });

  it("drops at most a sixteenth of its entries when it is full", () => {
    const window = new MemoryStorage().open(800);
    const sizes = postsOf(authorOf(0), 5_000).map((entry) => {
      window.insert(entry);
      return window.size;
    });
    expect(Math.min(...sizes.slice(800))).toBeGreaterThan(800 - 800 / WINDOW_CHUNKS);
  });

  it("has no entry below a raised horizon, and no replay from before it", () => {
    const window = new MemoryStorage().open(100);
    for (let n = 0; n < 20; n++) window.insert(original({ id: idAt(n), author: authorOf(0) }));
    window.raiseHorizon(idAt(12));
    expect(idsOf([...window.entries()].map(({ entry }) => entry)).at(-1)).toBe(idAt(12));
    expect(window.state.floor).toBe(window.state.seq);
    expect(window.insert(original({ id: idAt(5), author: authorOf(0) }))).toBeNull();
    window.raiseHorizon(BEGINNING);
    expect(window.state.horizon).toBe(idAt(12));
  });
});

describe("in the steady state", () => {
  /** Written rows per entry of a full window, over `count` entries that arrive one at a time. */
  function rowsPerEntry(lateBy: (n: number) => number, count = 2_000): number {
    const storage = new MemoryStorage();
    const window = storage.open(800);
    let before = 0;
    for (let n = 0; n < 800 + count; n++) {
      if (n === 800) before = storage.rowsWritten;
      window.insert(original({ id: idAt(2 * n - lateBy(n)), author: authorOf(n) }));
      storage.flush(window);
    }
    return (storage.rowsWritten - before) / count;
  }

  it("an entry that arrives in order costs at most 1.05 written rows, with trimming", () => {
    expect(rowsPerEntry(() => 0)).toBeLessThanOrEqual(1.05);
  });

  it("an entry that arrives out of order costs at most 1.05 written rows, with trimming", () => {
    expect(rowsPerEntry((n) => (n % 7 === 0 ? 31 : 0))).toBeLessThanOrEqual(1.05);
    expect(rowsPerEntry((n) => (n % 3 === 0 ? 401 : 0))).toBeLessThanOrEqual(1.05);
  });
});
