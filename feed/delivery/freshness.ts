/**
 * Which outboxes have just changed: a log that a region keeps in memory, and what an isolate knows of
 * it. KV alone may be a minute late, and caches a missing key; where the log is ahead of a page, the
 * outbox itself is asked. A log that has lost its memory says from when on it vouches.
 */
import type { UserId } from "../ids.ts";
import { FRESHNESS_KEPT_MS, FRESHNESS_VIEW_MAX_AUTHORS } from "../limits.ts";

/** What a log answers: the changes after a position, and what it can vouch for. */
export interface FreshnessUpdate {
  /** Names this memory; another name means that the one before is lost. */
  log: string;
  /** Where the next question goes on. */
  position: number;
  /** Every change after this time is in this answer or came before the position asked for. */
  vouchesFromMs: number;
  /** Whether nothing is missing between the position asked for and this answer. */
  continues: boolean;
  /** Outboxes that changed, with the newest version of each. */
  changes: { author: UserId; version: number }[];
}

/** Where an isolate stands in a log. */
export interface LogPosition {
  log: string;
  position: number;
}

/** The changes of the last two minutes. */
export class FreshnessLog {
  readonly #name: string;
  readonly #bornMs: number;
  readonly #newest = new Map<UserId, { version: number; position: number }>();
  /** In order of position, one for each; of an author who changed again, only the last counts. */
  #changes: { author: UserId; atMs: number }[] = [];
  /** How many of them, from the first on, are too old to be kept. */
  #old = 0;
  /** The position before the first of them: what came up to here is forgotten. */
  #forgotten = 0;

  constructor(name: string, nowMs: number) {
    this.#name = name;
    this.#bornMs = nowMs;
  }

  /** Notes that an outbox is at a version. */
  recordVersion(author: UserId, version: number, nowMs: number): void {
    this.#changes.push({ author, atMs: nowMs });
    const newest = Math.max(this.#newest.get(author)?.version ?? 0, version);
    this.#newest.set(author, { version: newest, position: this.#position });
    this.#forgetOld(nowMs);
  }

  /** What has changed after a position; all that is remembered if it is another log's. */
  changesAfter(known: LogPosition | null, nowMs: number): FreshnessUpdate {
    this.#forgetOld(nowMs);
    const continues = known?.log === this.#name && known.position >= this.#forgotten;
    const from = continues ? known.position : this.#forgotten;
    // What was asked for last time is not gone through again.
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
    // Cutting copies what is left, so it waits until there is as much to cut.
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

/** What an isolate knows of its region's log. */
export class FreshnessView {
  #position: LogPosition | null = null;
  #asOfMs = -Infinity;
  #vouchesFromMs = Infinity;
  readonly #maxAuthors: number;
  readonly #versions = new Map<UserId, number>();

  /** @param maxAuthors with news of more it vouches for nothing, and begins anew */
  constructor(maxAuthors = FRESHNESS_VIEW_MAX_AUTHORS) {
    this.#maxAuthors = maxAuthors;
  }

  /** Where to go on in the log; null to begin. */
  get position(): LogPosition | null {
    return this.#position;
  }

  /** When the news taken in last were asked for; what changed since is not known. */
  get asOfMs(): number {
    return this.#asOfMs;
  }

  /** Takes in what the log answered to a question asked at `askedMs`, unless a later one was answered. */
  apply(news: FreshnessUpdate, askedMs: number): void {
    if (askedMs < this.#asOfMs) return;
    if (!news.continues) {
      this.#versions.clear();
      this.#vouchesFromMs = news.vouchesFromMs;
    }
    for (const { author, version } of news.changes) {
      this.#versions.set(author, Math.max(version, this.#versions.get(author) ?? 0));
    }
    this.#position = { log: news.log, position: news.position };
    this.#asOfMs = askedMs;
    if (this.#versions.size > this.#maxAuthors) this.#forget();
  }

  /** The newest version of an outbox that the log has told of; 0 if it has told of none. */
  versionOf(author: UserId): number {
    return this.#versions.get(author) ?? 0;
  }

  /**
   * Whether a page is the newest, as of `asOfMs`.
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
