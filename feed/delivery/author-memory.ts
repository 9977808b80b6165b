/**
 * What a hub knows of author feeds, in memory: the newest version of each, and the changes of the last
 * minutes. A hub learns it from the author feed when it attaches itself, and keeps up by the news that it
 * hears. News name the version before them, so a hub notices when it has missed some, and asks again. It
 * says nothing about an author whom it has not asked about.
 */
import type { EntryChange } from "../timeline/entry.ts";
import { entryWithoutCopies } from "../timeline/parents.ts";
import type { Id, UserId } from "../ids.ts";
import { HUB_NEWS_MAX, LIVE_KEPT_MS, LIVE_RECENT_MS } from "../limits.ts";
import type { AuthorNews, AuthorSnapshot, DatedChange, DatedNews } from "./notices.ts";

/** An author as this hub knows them. */
interface AuthorState {
  version: number;
  /** From this time on no change is missing in `news`. */
  fromMs: number;
  /** Oldest first. */
  news: DatedNews[];
}

/**
 * What news are to a hub: `new`, `repeated`, or `gap` if news before them are missing. A hub that knows
 * nothing of the author takes them for new.
 */
export type Heard = "new" | "repeated" | "gap";

export class AuthorMemory {
  readonly #maxNews: number;
  readonly #known = new Map<UserId, AuthorState>();
  /** News that come while the author feed is asked. */
  readonly #asking = new Map<UserId, DatedNews[]>();
  /** How many news `#known` has in all. */
  #count = 0;

  /** @param maxNews with more news the hub forgets the older half of the time that it remembers */
  constructor(maxNews = HUB_NEWS_MAX) {
    this.#maxNews = maxNews;
  }

  /** Takes in news. Those of an author who is being asked about wait for the answer. */
  takeIn(news: AuthorNews, nowMs: number): Heard {
    const dated = { atMs: nowMs, news };
    this.#asking.get(news.author)?.push(dated);
    const known = this.#known.get(news.author);
    if (known === undefined) return "new";
    if (news.after !== known.version) {
      return news.after !== null && news.version <= known.version ? "repeated" : "gap";
    }
    this.#add(known, dated);
    this.#boundNews(nowMs);
    return "new";
  }

  /** Says that the author feed is being asked: news that come from now on are added to its answer. */
  beginAsking(author: UserId): void {
    this.#asking.set(author, []);
  }

  /** Ends asking. @param snapshot the answer; null if there is none, so that nothing is known */
  endAsking(author: UserId, snapshot: AuthorSnapshot | null, nowMs: number): void {
    const heard = this.#asking.get(author) ?? [];
    this.#asking.delete(author);
    this.forget(author);
    if (snapshot === null || snapshot.version === null) return;
    const known: AuthorState = { version: snapshot.version, fromMs: snapshot.fromMs, news: [] };
    this.#known.set(author, known);
    known.news = [...snapshot.news];
    this.#count += known.news.length;
    for (const dated of heard) {
      if (dated.news.version > known.version) this.#add(known, dated);
    }
    this.#boundNews(nowMs);
  }

  /** The newest version of an author feed; null if the hub does not know. */
  versionOf(author: UserId): number | null {
    return this.#known.get(author)?.version ?? null;
  }

  /**
   * The changes that a page of some time may lack; null if they are not all known. A page may lack news
   * that are somewhat older than it is.
   */
  changesSince(author: UserId, sinceMs: number, nowMs: number): DatedChange[] | null {
    const known = this.#known.get(author);
    const lackedFromMs = sinceMs - LIVE_RECENT_MS;
    if (known === undefined || sinceMs < known.fromMs || lackedFromMs < nowMs - LIVE_KEPT_MS) {
      return null;
    }
    return known.news.filter(({ atMs }) => atMs >= lackedFromMs).flatMap(datedChanges);
  }

  /** The news after a version, oldest first; null if some of them are unknown. */
  newsAfter(author: UserId, version: number): AuthorNews[] | null {
    const known = this.#known.get(author);
    if (known === undefined) return null;
    const later = known.news.map(({ news }) => news).filter((news) => news.version > version);
    const [first] = later;
    if (first === undefined) return known.version === version ? [] : null;
    return first.after === version ? later : null;
  }

  /** What another hub gets that attaches itself below this one; null if this one does not know. */
  snapshot(author: UserId): AuthorSnapshot | null {
    const known = this.#known.get(author);
    return known === undefined ? null : { ...known, news: [...known.news] };
  }

  forget(author: UserId): void {
    this.#count -= this.#known.get(author)?.news.length ?? 0;
    this.#known.delete(author);
  }

  /** Forgets news from before a time. */
  forgetBefore(beforeMs: number): void {
    this.#count = 0;
    for (const known of this.#known.values()) {
      known.news = known.news.filter(({ atMs }) => atMs >= beforeMs);
      known.fromMs = Math.max(known.fromMs, beforeMs);
      this.#count += known.news.length;
    }
  }

  /** Adds news, and removes the entries that they delete from earlier news. */
  #add(known: AuthorState, dated: DatedNews): void {
    const before = known.news.length;
    const gone = goneWith(dated.news.changes);
    if (gone.size > 0) known.news = known.news.map((one) => without(one, gone));
    known.news.push(dated);
    known.version = dated.news.version;
    this.#count += known.news.length - before;
  }

  #boundNews(nowMs: number): void {
    for (let keptMs = LIVE_KEPT_MS / 2; this.#count > this.#maxNews; keptMs /= 2) {
      this.forgetBefore(nowMs - Math.floor(keptMs));
      if (keptMs < 1) return;
    }
  }
}

/** The changes of news, each with when they came. */
export function datedChanges({ atMs, news }: DatedNews): DatedChange[] {
  return news.changes.map((change) => ({ atMs, change, version: news.version }));
}

/** The ids that changes delete: of a post, with every entry that shows it, or of a repost. */
export function goneWith(changes: readonly EntryChange[]): Set<Id> {
  return new Set(changes.flatMap((change) => ("id" in change ? [change.id] : [])));
}

/** News without the entries of deleted posts and without their copies; the same object if it has none. */
export function without(dated: DatedNews, gone: ReadonlySet<Id>): DatedNews {
  const { changes } = dated.news;
  const kept = changes
    .filter((change) => !showsAny(change, gone))
    .map((change) => withoutCopiesOf(change, gone));
  if (kept.length === changes.length && kept.every((change, n) => change === changes[n])) {
    return dated;
  }
  return { ...dated, news: { ...dated.news, changes: kept } };
}

function withoutCopiesOf(change: EntryChange, gone: ReadonlySet<Id>): EntryChange {
  if (change.kind !== "entry") return change;
  const entry = entryWithoutCopies(change.entry, (parent) => gone.has(parent));
  return entry === change.entry ? change : { ...change, entry };
}

function showsAny(change: EntryChange, gone: ReadonlySet<Id>): boolean {
  return change.kind === "entry" && (gone.has(change.entry.id) || gone.has(change.entry.post.id));
}
