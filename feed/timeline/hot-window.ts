/**
 * The hot window of a home timeline: at most `maxEntries` entries, newest first, complete down to
 * an exact horizon. Entries live in chunks of neighbouring ids, one stored row each, so that a
 * delivery rewrites one row and trimming drops a whole chunk: 1 + 1/chunk rows per delivered entry.
 *
 * Each written chunk also carries the window's state as of that write (newest state wins), so that
 * sequence number and horizon cost no row of their own.
 */
import { type Entry, entryAuthor } from "./entry.ts";
import { BEGINNING, type Id, newestFirst, type PostId, type UserId } from "../ids.ts";
import { WINDOW_CHUNKS } from "../limits.ts";
import { entryWithoutCopies, postSeenBy } from "./parents.ts";

/** An entry with the sequence number of the change that added it. */
export interface Stamped {
  seq: number;
  entry: Entry;
}

/** The state of a window. */
export interface WindowState {
  /** The number of the newest change; see `clock`. */
  seq: number;
  /** Changes up to this number can't be replayed, because entries of them have left the window. */
  floor: number;
  /** The window has every entry at or above this id. */
  horizon: Id;
}

/** A chunk without its entries, which is enough to find the chunk of an id. */
export interface ChunkHeader {
  no: number;
  newest: Id;
  oldest: Id;
  count: number;
}

/** The storage of chunks. Its calls are synchronous, and together one transaction, as in an object. */
export interface ChunkStorage {
  headers(): ChunkHeader[];
  read(no: number): Stamped[];
  write(header: ChunkHeader, entries: readonly Stamped[], state: WindowState): void;
  drop(no: number): void;
}

interface Chunk {
  no: number;
  header: ChunkHeader;
  /** Entries, newest first; null until they are loaded. */
  entries: Stamped[] | null;
}

/** A hot window over its storage. Only `flush` writes. */
export class HotWindow {
  readonly state: WindowState;
  readonly #storage: ChunkStorage;
  readonly #maxEntries: number;
  readonly #chunkEntries: number;
  /** Chunks, newest first; their ranges of ids do not overlap. */
  readonly #chunks: Chunk[];
  readonly #dirty = new Set<Chunk>();
  readonly #dropped: number[] = [];
  readonly #clock: () => number;
  #nextNo: number;
  #storedSeq: number;
  /** The largest number given out, to a change or to something else that a client orders by. */
  #issued: number;

  /**
   * @param clock a number that grows with time. A change gets the larger of it and the last number
   * plus one, so numbers given out before an eviction are never given out again, stored or not
   */
  constructor(
    storage: ChunkStorage,
    state: WindowState,
    maxEntries: number,
    clock: () => number = () => 0,
  ) {
    this.#storage = storage;
    this.#clock = clock;
    this.state = { ...state };
    this.#storedSeq = state.seq;
    this.#issued = state.seq;
    this.#maxEntries = maxEntries;
    this.#chunkEntries = Math.max(1, Math.floor(maxEntries / WINDOW_CHUNKS));
    this.#chunks = storage
      .headers()
      .map((header) => ({ no: header.no, header, entries: null }))
      .sort((a, b) => (a.header.newest < b.header.newest ? 1 : -1));
    this.#nextNo = 1 + this.#chunks.reduce((highest, chunk) => Math.max(highest, chunk.no), 0);
  }

  /** The number of now: no change has a larger one, and every later change has. */
  get now(): number {
    this.#issued = Math.max(this.#issued, this.#clock());
    return this.#issued;
  }

  /** Gives out a number for something that changes no entry and is not stored. */
  issue(): number {
    this.#issued = Math.max(this.#issued + 1, this.#clock());
    return this.#issued;
  }

  /** Gives out no number up to this one any more. */
  skipTo(seq: number): void {
    this.#issued = Math.max(this.#issued, seq);
  }

  /** The number of entries. */
  get size(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.header.count, 0);
  }

  /** All entries, newest first; with `from`, those whose id is at or below it. */
  *entries(from?: Id): Generator<Stamped> {
    for (const chunk of this.#chunks) {
      if (from !== undefined && chunk.header.oldest > from) continue;
      for (const stamped of this.#load(chunk)) {
        if (from === undefined || stamped.entry.id <= from) yield stamped;
      }
    }
  }

  /** Its chunks with their entries, newest first. */
  *chunks(): Generator<{ no: number; oldest: Id; entries: Entry[] }> {
    for (const chunk of this.#chunks) {
      const entries = this.#load(chunk).map((stamped) => stamped.entry);
      yield { no: chunk.no, oldest: chunk.header.oldest, entries };
    }
  }

  /** Entries that changes after `since` added, in the order of the changes. */
  after(since: number): Stamped[] {
    return [...this.entries()]
      .filter((stamped) => stamped.seq > since)
      .sort((a, b) => a.seq - b.seq);
  }

  /**
   * Adds an entry, unless the window has it or it is below the horizon, where the store answers.
   * @returns the number of the change, or null if nothing changed
   */
  insert(entry: Entry): number | null {
    if (entry.id < this.state.horizon) return null;
    const chunk = this.#chunkFor(entry.id);
    const entries = this.#load(chunk);
    const at = entries.findIndex((held) => held.entry.id <= entry.id);
    if (at >= 0 && entries[at]?.entry.id === entry.id) return null;
    const seq = this.#change();
    entries.splice(at < 0 ? entries.length : at, 0, { seq, entry });
    this.#touch(chunk);
    if (entries.length > Math.min(2 * this.#chunkEntries, this.#maxEntries)) this.#split(chunk);
    this.#trim();
    return seq;
  }

  /**
   * Removes every entry that `matches`. No entry older than a post can show it, so with `from` only
   * chunks at or above that id are checked.
   * @returns the number of the change, even if nothing matched
   */
  remove(matches: (entry: Entry) => boolean, from: Id = BEGINNING): number {
    return this.#rewrite((entry) => (matches(entry) ? null : entry), from);
  }

  /** Removes a post with every entry that shows it, and the copies that its replies carry. */
  removePost(post: PostId): number {
    const isGone = (id: PostId): boolean => id === post;
    return this.#rewrite(
      (entry) => (entry.post.id === post ? null : entryWithoutCopies(entry, isGone)),
      post,
    );
  }

  /** Removes what an account has brought or written, and what replies show of its posts. */
  removeAccount(account: UserId): number {
    return this.#rewrite((entry) => {
      if (entryAuthor(entry) === account || entry.post.author.id === account) return null;
      const post = postSeenBy(entry.post, (user) => user === account);
      return post === entry.post ? entry : { ...entry, post };
    }, BEGINNING);
  }

  /** Puts other entries in the places of those from an id on. @param to null removes an entry */
  #rewrite(to: (entry: Entry) => Entry | null, from: Id): number {
    for (const chunk of [...this.#chunks]) {
      if (chunk.header.newest < from) continue;
      let changed = false;
      const kept = this.#load(chunk).flatMap((stamped): Stamped[] => {
        const entry = to(stamped.entry);
        if (entry === stamped.entry) return [stamped];
        changed = true;
        return entry === null ? [] : [{ ...stamped, entry }];
      });
      if (!changed) continue;
      chunk.entries = kept;
      this.#touch(chunk);
    }
    return this.#change();
  }

  /** Drops everything below `horizon`, because the window may be incomplete there. */
  raiseHorizon(horizon: Id): void {
    if (horizon <= this.state.horizon) return;
    for (const chunk of [...this.#chunks]) {
      if (chunk.header.oldest >= horizon) continue;
      chunk.entries = this.#load(chunk).filter((stamped) => stamped.entry.id >= horizon);
      this.#touch(chunk);
    }
    this.state.horizon = horizon;
    this.forgetHistory();
  }

  /** Makes every returning socket read the timeline again instead of getting a replay. */
  forgetHistory(): void {
    this.state.floor = this.#change();
  }

  /** Makes changes up to `seq` unavailable for replay. */
  raiseFloor(seq: number): void {
    this.state.floor = Math.max(this.state.floor, seq);
  }

  /**
   * Writes the changed chunks.
   * @returns whether a chunk carries the state; if not, the caller stores it
   */
  flush(): boolean {
    for (const no of this.#dropped) this.#storage.drop(no);
    for (const chunk of this.#dirty) {
      this.#storage.write(chunk.header, this.#load(chunk), this.state);
    }
    const stored = this.#dirty.size > 0 || this.#storedSeq === this.state.seq;
    this.#storedSeq = this.state.seq;
    this.#dirty.clear();
    this.#dropped.length = 0;
    return stored;
  }

  #change(): number {
    this.state.seq = this.issue();
    return this.state.seq;
  }

  #load(chunk: Chunk): Stamped[] {
    chunk.entries ??= this.#storage.read(chunk.no);
    return chunk.entries;
  }

  /** The chunk of an id. Above a full newest chunk it is a new one, because most entries go there. */
  #chunkFor(id: Id): Chunk {
    const newest = this.#chunks[0];
    if (
      newest === undefined ||
      (id > newest.header.newest && newest.header.count >= this.#chunkEntries)
    ) {
      const no = this.#nextNo++;
      const chunk: Chunk = { no, header: { no, newest: id, oldest: id, count: 0 }, entries: [] };
      this.#chunks.unshift(chunk);
      return chunk;
    }
    return this.#chunks.find((chunk) => chunk.header.oldest <= id) ?? this.#chunks.at(-1) ?? newest;
  }

  /** Updates a chunk's header from its entries and marks it for writing; drops an empty chunk. */
  #touch(chunk: Chunk): void {
    const entries = this.#load(chunk);
    const [first, last] = [entries[0], entries.at(-1)];
    if (first === undefined || last === undefined) {
      this.#discard(chunk);
      return;
    }
    chunk.header = {
      no: chunk.no,
      newest: first.entry.id,
      oldest: last.entry.id,
      count: entries.length,
    };
    this.#dirty.add(chunk);
  }

  #discard(chunk: Chunk): void {
    this.#chunks.splice(this.#chunks.indexOf(chunk), 1);
    this.#dirty.delete(chunk);
    this.#dropped.push(chunk.no);
  }

  /** Splits a chunk that late entries have overfilled: its older half becomes a new chunk. */
  #split(chunk: Chunk): void {
    const entries = this.#load(chunk);
    const older = entries.splice(Math.ceil(entries.length / 2));
    const no = this.#nextNo++;
    const half: Chunk = {
      no,
      header: { no, newest: BEGINNING, oldest: BEGINNING, count: 0 },
      entries: older,
    };
    this.#chunks.splice(this.#chunks.indexOf(chunk) + 1, 0, half);
    this.#touch(chunk);
    this.#touch(half);
  }

  /** Drops whole chunks from the old end until the window fits, and raises the horizon. */
  #trim(): void {
    while (this.size > this.#maxEntries) {
      const oldest = this.#chunks.at(-1);
      if (oldest === undefined || this.#chunks.length === 1) return;
      const gone = this.#load(oldest);
      this.state.floor = gone.reduce((floor, s) => Math.max(floor, s.seq), this.state.floor);
      this.#discard(oldest);
      this.state.horizon = this.#chunks.at(-1)?.header.oldest ?? this.state.horizon;
    }
  }
}

/** The state of a timeline's window before its first fill. */
export function emptyState(seq: number): WindowState {
  return { seq, floor: seq, horizon: BEGINNING };
}

/** Sorts entries for seeding a window: oldest first, so that chunks fill from the old end. */
export function oldestFirst(entries: readonly Entry[]): Entry[] {
  return [...entries].sort(newestFirst).reverse();
}
