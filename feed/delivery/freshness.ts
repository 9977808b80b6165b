/**
 * Which page of an author feed is the newest, as an isolate knows it. KV alone may be a minute late, and it
 * caches that a key is missing. A hub that is attached to an author feed hears of every change, and says
 * which version is the newest. An isolate asks about the authors whose pages it serves, and remembers the
 * answer for some seconds.
 */
import type { UserId } from "../ids.ts";
import { FRESHNESS_EVERY_MS, FRESHNESS_TRUSTED_MS, FRESHNESS_VIEW_MAX_AUTHORS } from "../limits.ts";

/** What an isolate knows about one author. */
interface Viewed {
  /** When a hub was last asked. */
  askedMs: number;
  /** When the hub was asked that said `version`; -Infinity if none has. */
  asOfMs: number;
  version: number;
}

const NOTHING: Viewed = { askedMs: -Infinity, asOfMs: -Infinity, version: 0 };

/** An isolate's view of author feeds. */
export class FreshnessView {
  readonly #maxAuthors: number;
  readonly #viewed = new Map<UserId, Viewed>();

  /** @param maxAuthors with more authors the view forgets those that no page has needed for longest */
  constructor(maxAuthors = FRESHNESS_VIEW_MAX_AUTHORS) {
    this.#maxAuthors = maxAuthors;
  }

  /** Those of some authors about whom a hub has not been asked within `FRESHNESS_EVERY_MS`. */
  due(authors: readonly UserId[], nowMs: number): UserId[] {
    return authors.filter((author) => nowMs - this.#of(author).askedMs >= FRESHNESS_EVERY_MS);
  }

  /** Notes that a hub is being asked about some authors. */
  noteAsked(authors: readonly UserId[], askedMs: number): void {
    for (const author of authors) this.#set(author, { ...this.#of(author), askedMs });
    for (const author of this.#viewed.keys()) {
      if (this.#viewed.size <= this.#maxAuthors) return;
      this.#viewed.delete(author);
    }
  }

  /** Applies a hub's answer to a question asked at `askedMs`: versions of those whom it vouches for. */
  apply(versions: ReadonlyMap<UserId, number>, askedMs: number): void {
    for (const [author, version] of versions) {
      const before = this.#viewed.get(author);
      // Forgotten since the question, or answered by a later one.
      if (before === undefined || before.asOfMs > askedMs) continue;
      const newest = Math.max(before.version, version);
      this.#viewed.set(author, { ...before, asOfMs: askedMs, version: newest });
    }
  }

  /** The newest version of an author feed that a hub has named; 0 if none has. */
  versionOf(author: UserId): number {
    return this.#of(author).version;
  }

  /** Whether the answer about an author is so recent that a page with that version is current. */
  trusts(author: UserId, nowMs: number): boolean {
    return nowMs - this.#of(author).asOfMs <= FRESHNESS_TRUSTED_MS;
  }

  #of(author: UserId): Viewed {
    return this.#viewed.get(author) ?? NOTHING;
  }

  /** Puts an author last among those to forget. */
  #set(author: UserId, viewed: Viewed): void {
    this.#viewed.delete(author);
    this.#viewed.set(author, viewed);
  }
}
