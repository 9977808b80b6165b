/**
 * The owner's engagement: what they saw and what they did with it. It is stored nowhere else, so a
 * rebuild keeps it. A report or reaction overwrites one row of a ring; a full ring is folded into the
 * history, which shares its row with `ViewerState` (its column is called `attention`).
 */
import {
  type EngagementHistory,
  NO_HISTORY,
  type PostTraits,
} from "../../feed/rank/engagement-history.ts";
import {
  foldEntry,
  postsWithoutTraits,
  type ReportEntry,
  type RingEntry,
  ringSlot,
} from "../../feed/rank/engagement-ring.ts";
import { type Id, idAfter, type PostId, type UserId } from "../../feed/ids.ts";
import type { Impression } from "../../feed/delivery/jobs.ts";
import { ENGAGEMENT_FOLD_ENTRIES, ENGAGEMENT_RING_ENTRIES } from "../../feed/limits.ts";
import type { EngagementDelta } from "../../feed/rank/engagement.ts";
import type { SeenBefore, ViewerFacts } from "../../feed/rank/facts.ts";
import { storedJson } from "../storage/stored-json.ts";
import type { OwnReaction } from "./viewer-state.ts";

/** The ring, and the number of the last entry that the history has. */
export const RING_SQL = `
  CREATE TABLE engagement_ring (
    slot INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    entry TEXT NOT NULL
  );
  ALTER TABLE viewer ADD COLUMN folded INTEGER NOT NULL DEFAULT 0`;

/** Entries to be folded: up to one, once the traits of some posts are known. */
export interface FoldRequest {
  to: number;
  /** Posts whose traits the caller reads from the store: the window did not hold them. */
  posts: PostId[];
}

interface Numbered {
  seq: number;
  entry: RingEntry;
}

/** The engagement in memory. */
interface Loaded {
  /** As stored: with the entries up to `folded`. */
  history: EngagementHistory;
  folded: number;
  /** The ring by slot, with entries that are folded and not overwritten yet. */
  ring: Map<number, Numbered>;
  /** The number of the newest entry; 0 if there was none. */
  newest: number;
  /** The history with all entries. */
  now: EngagementHistory;
  seen: ReadonlyMap<PostId, SeenBefore> | null;
}

const NO_TRAITS: ReadonlyMap<PostId, PostTraits> = new Map();

export class EngagementStore {
  readonly #sql: SqlStorage;
  #loaded: Loaded | null = null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
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
    if (loaded.newest - loaded.folded < ENGAGEMENT_FOLD_ENTRIES) return null;
    const entries = unfolded(loaded).map(({ entry }) => entry);
    return { to: loaded.newest, posts: postsWithoutTraits(entries) };
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
    const entries = unfolded(loaded).filter(({ seq }) => seq <= to);
    const last = entries.at(-1)?.seq;
    if (last === undefined) return [];
    const history = entries.reduce(
      (known, { entry }) => foldEntry(known, entry, traits),
      loaded.history,
    );
    this.#sql.exec(
      `INSERT INTO viewer (id, known_from, attention, folded) VALUES (0, '', ?, ?)
       ON CONFLICT (id) DO UPDATE SET attention = excluded.attention, folded = excluded.folded`,
      JSON.stringify(history),
      last,
    );
    this.#loaded = withNow({ ...loaded, history, folded: last });
    return reportsIn(entries);
  }

  /** The reports that arrived from one time to before another and that the ring still has. */
  reportsBetween(fromMs: number, toMs: number): ReportEntry[] {
    return reportsIn(this.#load().ring.values()).filter(
      ({ atMs }) => atMs >= fromMs && atMs < toMs,
    );
  }

  /** The owner's engagement overall, by kind of content, and by author. */
  facts(owner: UserId): ViewerFacts {
    const { overall, contents, authors } = this.#load().now;
    return { id: owner, overall, contents, authors: Object.fromEntries(authors) };
  }

  /** How the owner has seen a post before; null if they have not. */
  seen(post: PostId): SeenBefore | null {
    const loaded = this.#load();
    loaded.seen ??= new Map(loaded.now.posts);
    return loaded.seen.get(post) ?? null;
  }

  /**
   * The id under which a report is recorded; null if it is recorded already. Two isolates can make
   * one id for different reports, so the later one takes the next id.
   */
  #idOf({ id, items }: { id: Id; items: readonly Impression[] }): Id | null {
    const { ring, now } = this.#load();
    const reports = reportsIn(ring.values());
    for (let free = id; ; free = idAfter(free)) {
      const holder = reports.find((report) => report.id === free);
      if (holder === undefined) return now.reports.includes(free) ? null : free;
      if (JSON.stringify(holder.items) === JSON.stringify(items)) return null;
    }
  }

  /** Writes an entry over the oldest one, which is folded before if it is not yet. */
  #append(entry: RingEntry): void {
    const { newest, folded } = this.#load();
    // Nobody has brought the traits in time: those posts count as seen and for no author.
    if (newest - folded >= ENGAGEMENT_RING_ENTRIES) this.fold(newest, NO_TRAITS);
    const loaded = this.#load();
    const seq = newest + 1;
    this.#sql.exec(
      `INSERT INTO engagement_ring (slot, seq, entry) VALUES (?, ?, ?)
       ON CONFLICT (slot) DO UPDATE SET seq = excluded.seq, entry = excluded.entry`,
      ringSlot(seq),
      seq,
      JSON.stringify(entry),
    );
    loaded.ring.set(ringSlot(seq), { seq, entry });
    loaded.newest = seq;
    loaded.now = foldEntry(loaded.now, entry, NO_TRAITS);
    loaded.seen = null;
  }

  #load(): Loaded {
    if (this.#loaded !== null) return this.#loaded;
    const [row] = this.#sql
      .exec<{ attention: string; folded: number }>("SELECT attention, folded FROM viewer")
      .toArray();
    const rows = this.#sql
      .exec<{ slot: number; seq: number; entry: string }>(
        "SELECT slot, seq, entry FROM engagement_ring",
      )
      .toArray();
    const stored = storedJson<Partial<EngagementHistory>>(row?.attention ?? "{}");
    const folded = row?.folded ?? 0;
    this.#loaded = withNow({
      history: { ...NO_HISTORY, ...stored },
      folded,
      ring: new Map(
        rows.map(({ slot, seq, entry }) => [slot, { seq, entry: storedJson<RingEntry>(entry) }]),
      ),
      newest: rows.reduce((newest, { seq }) => Math.max(newest, seq), folded),
    });
    return this.#loaded;
  }
}

function withNow(stored: Omit<Loaded, "now" | "seen">): Loaded {
  const now = unfolded(stored).reduce(
    (known, { entry }) => foldEntry(known, entry, NO_TRAITS),
    stored.history,
  );
  return { ...stored, now, seen: null };
}

/** The entries that the stored history lacks, oldest first. */
function unfolded({ ring, folded }: Pick<Loaded, "ring" | "folded">): Numbered[] {
  return [...ring.values()].filter(({ seq }) => seq > folded).sort((a, b) => a.seq - b.seq);
}

function reportsIn(entries: Iterable<Numbered>): ReportEntry[] {
  return [...entries].flatMap(({ entry }) => (entry.kind === "report" ? [entry] : []));
}
