/**
 * The owner's engagement: what they saw and what they did with it. It is stored nowhere else, so a
 * rebuild keeps it. A report or reaction writes one row of a ring; a full ring is folded into the
 * history, which shares its row with `ViewerState` (its column is called `attention`).
 */
import {
  type EngagementHistory,
  NO_HISTORY,
  type PostTraits,
  type TraitsOf,
} from "../../feed/rank/engagement-history.ts";
import {
  foldEntries,
  type Numbered,
  postsWithoutTraits,
  type ReportEntry,
  type RingEntry,
  ringPlace,
} from "../../feed/rank/engagement-ring.ts";
import { type Id, idAfter, type PostId, type UserId } from "../../feed/ids.ts";
import type { Impression } from "../../feed/delivery/jobs.ts";
import {
  ENGAGEMENT_BLOCK_ENTRIES,
  ENGAGEMENT_FOLD_ENTRIES,
  ENGAGEMENT_RING_ENTRIES,
} from "../../feed/limits.ts";
import type { EngagementDelta } from "../../feed/rank/engagement.ts";
import type { SeenBefore, ViewerFacts } from "../../feed/rank/facts.ts";
import { storedJson } from "../storage/stored-json.ts";
import type { OwnReaction } from "./viewer-state.ts";

/** The ring, and the number of the last entry that the history has. */
export const RING_SQL = `
  CREATE TABLE engagement_ring (
    slot INTEGER PRIMARY KEY,
    first INTEGER NOT NULL,
    entries TEXT NOT NULL
  );
  ALTER TABLE viewer ADD COLUMN folded INTEGER NOT NULL DEFAULT 0`;

/** Entries to be folded: up to one, once the traits of some posts are known. */
export interface FoldRequest {
  to: number;
  /** Posts whose traits the caller reads from the store: the window did not hold them. */
  posts: PostId[];
}

/** The engagement in memory. */
interface Loaded {
  /** As stored: with the entries up to `folded`. */
  history: EngagementHistory;
  folded: number;
  /** The entries that the ring still has, oldest first, folded ones too. */
  ring: Numbered[];
}

/** The engagement with all entries, as ranking reads it. */
interface Engagement {
  history: EngagementHistory;
  seen: ReadonlyMap<PostId, SeenBefore>;
}

export class EngagementStore {
  readonly #sql: SqlStorage;
  readonly #authorOf: (post: PostId) => UserId | null;
  #loaded: Loaded | null = null;
  #now: Engagement | null = null;

  /** @param authorOf names the author of a post that the window lacks, if the timeline can tell */
  constructor(sql: SqlStorage, authorOf: (post: PostId) => UserId | null) {
    this.#sql = sql;
    this.#authorOf = authorOf;
  }

  /**
   * Records a report, once however often it arrives.
   * @param inWindow traits of those of its posts that the window holds
   * @returns what the caller should have folded; null if the ring has room
   */
  recordImpressions(
    report: { id: Id; items: readonly Impression[] },
    inWindow: ReadonlyMap<PostId, PostTraits>,
    atMs: number,
  ): FoldRequest | null {
    const id = this.#idOf(report);
    if (id !== null) {
      const { items } = report;
      this.#append({ kind: "report", id, atMs, items, traits: [...inWindow] });
    }
    const loaded = this.#load();
    const newest = newestOf(loaded);
    if (newest - loaded.folded < ENGAGEMENT_FOLD_ENTRIES) return null;
    const entries = unfolded(loaded).map(({ entry }) => entry);
    return { to: newest, posts: postsWithoutTraits(entries) };
  }

  /** Records a reaction that the owner has just made or taken back. */
  recordReaction({ kind, active }: OwnReaction, traits: PostTraits, nowMs: number): void {
    const times = active ? 1 : -1;
    this.record(traits, kind === "like" ? { likes: times } : { reposts: times }, nowMs);
  }

  /** Records what the owner did with a post, beside seeing it. */
  record(traits: PostTraits, delta: EngagementDelta, nowMs: number): void {
    this.#append({ kind: "reaction", atMs: nowMs, traits, delta });
  }

  /**
   * Folds entries into the history, unless they are folded.
   * @param to the number of the last one
   * @returns the reports among them
   */
  fold(to: number, traits: ReadonlyMap<PostId, PostTraits>): ReportEntry[] {
    const loaded = this.#load();
    const numbered = unfolded(loaded).filter(({ seq }) => seq <= to);
    const last = numbered.at(-1)?.seq;
    if (last === undefined) return [];
    const entries = numbered.map(({ entry }) => entry);
    const history = foldEntries(loaded.history, entries, (post) => traits.get(post));
    this.#sql.exec(
      `INSERT INTO viewer (id, known_from, attention, folded) VALUES (0, '', ?, ?)
       ON CONFLICT (id) DO UPDATE SET attention = excluded.attention, folded = excluded.folded`,
      JSON.stringify(history),
      last,
    );
    this.#loaded = { ...loaded, history, folded: last };
    this.#now = null;
    return reportsIn(numbered);
  }

  /** The reports that arrived from one time to before another and that the ring still has. */
  reportsBetween(fromMs: number, toMs: number): ReportEntry[] {
    return reportsIn(this.#load().ring).filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  }

  /** The owner's engagement overall, by kind of content, and by author. */
  facts(owner: UserId): ViewerFacts {
    const { overall, contents, authors } = this.#engagement().history;
    return { id: owner, overall, contents, authors: Object.fromEntries(authors) };
  }

  /** How the owner has seen a post before; null if they have not. */
  seen(post: PostId): SeenBefore | null {
    return this.#engagement().seen.get(post) ?? null;
  }

  /**
   * The id under which a report is recorded; null if it is recorded already. Two isolates can make
   * one id for different reports, so the later one takes the next id.
   */
  #idOf({ id, items }: { id: Id; items: readonly Impression[] }): Id | null {
    const { ring, history } = this.#load();
    const holds = ({ entry }: Numbered, free: Id) => entry.kind === "report" && entry.id === free;
    for (let free = id; ; free = idAfter(free)) {
      const holder = ring.find((numbered) => holds(numbered, free))?.entry;
      if (holder?.kind !== "report") return history.reports.includes(free) ? null : free;
      if (JSON.stringify(holder.items) === JSON.stringify(items)) return null;
    }
  }

  /** Writes an entry over the oldest ones, which are folded before that. */
  #append(entry: RingEntry): void {
    const before = this.#load();
    const newest = newestOf(before);
    // Nobody has brought the traits in time: those posts count as seen and for no author.
    if (newest - before.folded >= ENGAGEMENT_RING_ENTRIES) this.fold(newest, new Map());
    const { ring } = this.#load();
    const seq = newest + 1;
    const { slot, first } = ringPlace(seq);
    const last = ring.slice(-ENGAGEMENT_BLOCK_ENTRIES);
    const block = [...last.filter((numbered) => numbered.seq >= first), { seq, entry }];
    this.#sql.exec(
      `INSERT INTO engagement_ring (slot, first, entries) VALUES (?, ?, ?)
       ON CONFLICT (slot) DO UPDATE SET first = excluded.first, entries = excluded.entries`,
      slot,
      block[0]?.seq ?? seq,
      JSON.stringify(block.map((each) => each.entry)),
    );
    ring.push({ seq, entry });
    while (ring.length > ENGAGEMENT_RING_ENTRIES) ring.shift();
    this.#now = null;
  }

  #engagement(): Engagement {
    if (this.#now !== null) return this.#now;
    const loaded = this.#load();
    const entries = unfolded(loaded).map(({ entry }) => entry);
    const history = foldEntries(loaded.history, entries, this.#guess);
    this.#now = { history, seen: new Map(history.posts) };
    return this.#now;
  }

  /** Until the traits of a post are read, its author alone counts, if the timeline can tell who it is. */
  readonly #guess: TraitsOf = (post) => {
    const author = this.#authorOf(post);
    return author === null ? undefined : { people: [author], contents: [] };
  };

  #load(): Loaded {
    if (this.#loaded !== null) return this.#loaded;
    const [row] = this.#sql
      .exec<{ attention: string; folded: number }>("SELECT attention, folded FROM viewer")
      .toArray();
    const stored = storedJson<Partial<EngagementHistory>>(row?.attention ?? "{}");
    const ring = this.#sql
      .exec<{ first: number; entries: string }>(
        "SELECT first, entries FROM engagement_ring ORDER BY first",
      )
      .toArray()
      .flatMap(({ first, entries }) =>
        storedJson<RingEntry[]>(entries).map((entry, n) => ({ seq: first + n, entry })),
      );
    this.#loaded = { history: { ...NO_HISTORY, ...stored }, folded: row?.folded ?? 0, ring };
    return this.#loaded;
  }
}

/** The number of the newest entry; 0 if there was none. */
function newestOf({ ring, folded }: Loaded): number {
  return ring.at(-1)?.seq ?? folded;
}

/** The entries that the stored history lacks, oldest first. */
function unfolded({ ring, folded }: Loaded): Numbered[] {
  return ring.filter(({ seq }) => seq > folded);
}

function reportsIn(entries: readonly Numbered[]): ReportEntry[] {
  return entries.flatMap(({ entry }) => (entry.kind === "report" ? [entry] : []));
}
