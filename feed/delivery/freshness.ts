/**
 * Which author feeds have just changed: a log that each region keeps in memory, and an isolate's
 * view of it. KV alone may be a minute late, and it caches that a key is missing. So where the log
 * is ahead of a page, readers ask the author feed itself. A log that has lost its memory says from
 * which time on it vouches for pages.
 */
import type { UserId } from "../ids.ts";
import { FRESHNESS_KEPT_MS, FRESHNESS_VIEW_MAX_AUTHORS } from "../limits.ts";

/** The answer of a log: the changes after a position, and the time it vouches from. */
export interface FreshnessUpdate {
  /** Names this memory of the log; another name means that the earlier memory is lost. */
  log: string;
  /** The position to ask from next time. */
  position: number;
  /** Every change after this time is in this answer, or precedes the position asked for. */
  vouchesFromMs: number;
  /** Whether this answer has every change since the position asked for. */
  continues: boolean;
  /** Author feeds that changed, with the newest version of each. */
  changes: { author: UserId; version: number }[];
}

/** How far an isolate has read a log. */
export interface LogPosition {
  log: string;
  position: number;
}

/** The changes of the last two minutes. */
export class FreshnessLog {
  readonly #name: string;
  readonly #bornMs: number;
  readonly #newest = new Map<UserId, { version: number; position: number }>();
  /** In order of position, one each; for an author who changed again, only the last counts. */
  #changes: { author: UserId; atMs: number }[] = [];
  /** How many of `#changes`, from the first on, are too old to keep. */
  #old = 0;
  /** The position before the first of `#changes`: changes up to here are forgotten. */
  #forgotten = 0;

  constructor(name: string, nowMs: number) {
    this.#name = name;
    this.#bornMs = nowMs;
  }

  /** Records the version that an author feed has now. */
  recordVersion(author: UserId, version: number, nowMs: number): void {
    this.#changes.push({ author, atMs: nowMs });
    const newest = Math.max(this.#newest.get(author)?.version ?? 0, version);
    this.#newest.set(author, { version: newest, position: this.#position });
    this.#forgetOld(nowMs);
  }

  /** The changes after a position; all remembered ones if the position is in another log. */
  changesAfter(read: LogPosition | null, nowMs: number): FreshnessUpdate {
    this.#forgetOld(nowMs);
    const continues = read?.log === this.#name && read.position >= this.#forgotten;
    const from = continues ? read.position : this.#forgotten;
    // Only changes after the position are looked at, so that frequent questions stay cheap.
    const changes = this.#changes.slice(from - this.#forgotten).flatMap(({ author }, n) => {
      const newest = this.#newest.get(author);
      return newest?.position === from + n + 1 ? [{ author, version: newest.version }] : [];
    });
    return {
      log: this.#name,
      position: this.#position,
      vouchesFromMs: Math.max(this.#bornMs, nowMs - FRESHNESS_KEPT_MS),
      continues,
      changes,
    };
  }

  get #position(): number {
    return this.#forgotten + this.#changes.length;
  }

  #forgetOld(nowMs: number): void {
    const { length } = this.#changes;
    while (this.#old < length && this.#isOld(this.#old, nowMs)) this.#old++;
    // Cutting copies the rest of the list, so it waits until at least as much can be cut.
    if (this.#old === 0 || this.#old < length / 2) return;
    for (const [n, { author }] of this.#changes.slice(0, this.#old).entries()) {
      if (this.#newest.get(author)?.position === this.#forgotten + n + 1) {
        this.#newest.delete(author);
      }
    }
    this.#changes = this.#changes.slice(this.#old);
    this.#forgotten += this.#old;
    this.#old = 0;
  }

  #isOld(index: number, nowMs: number): boolean {
    return (this.#changes[index]?.atMs ?? nowMs) < nowMs - FRESHNESS_KEPT_MS;
  }
}

/** An isolate's view of its region's log. */
export class FreshnessView {
  #position: LogPosition | null = null;
  #asOfMs = -Infinity;
  #vouchesFromMs = Infinity;
  readonly #maxAuthors: number;
  readonly #versions = new Map<UserId, number>();

  /** @param maxAuthors with changes of more authors the view vouches for nothing and starts over */
  constructor(maxAuthors = FRESHNESS_VIEW_MAX_AUTHORS) {
    this.#maxAuthors = maxAuthors;
  }

  /** The position to ask the log from; null to start. */
  get position(): LogPosition | null {
    return this.#position;
  }

  /** When the last applied update was asked for; the view has no changes after this time. */
  get asOfMs(): number {
    return this.#asOfMs;
  }

  /** Applies the answer to a question asked at `askedMs`, unless a later one is applied already. */
  apply(update: FreshnessUpdate, askedMs: number): void {
    if (askedMs < this.#asOfMs) return;
    if (!update.continues) {
      this.#versions.clear();
      this.#vouchesFromMs = update.vouchesFromMs;
    }
    for (const { author, version } of update.changes) {
      this.#versions.set(author, Math.max(version, this.#versions.get(author) ?? 0));
    }
    this.#position = { log: update.log, position: update.position };
    this.#asOfMs = askedMs;
    if (this.#versions.size > this.#maxAuthors) this.#forget();
  }

  /**
   * The newest version of an author feed in the log, as far as the view has it; 0 if it has none.
   */
  versionOf(author: UserId): number {
    return this.#versions.get(author) ?? 0;
  }

  /**
   * Whether a page is certainly the newest, as of `asOfMs`.
   * @param wholeToMs the page has every change up to this time
   */
  vouches(author: UserId, version: number, wholeToMs: number): boolean {
    return version >= this.versionOf(author) && wholeToMs >= this.#vouchesFromMs;
  }

  #forget(): void {
    this.#versions.clear();
    this.#position = null;
    this.#vouchesFromMs = Infinity;
  }
}
