/**
 * Pages of outboxes for readers: from the isolate, else from KV, else from the outbox itself. What KV
 * holds may be a minute old; the freshness log says where it is, and those outboxes are asked. All
 * of it is bounded: keys by the bulk, outboxes by number, and time by a deadline, after which a
 * page does without the slow ones and says so.
 */
import pMap from "p-map";
import pTimeout from "p-timeout";
import type { FreshnessView, LogPosition, FreshnessUpdate } from "../../feed/delivery/freshness.ts";
import type { UserId } from "../../feed/ids.ts";
import {
  FRESHNESS_TRUSTED_MS,
  KV_BULK_MAX_KEYS,
  KV_STALE_MAX_MS,
  AUTHOR_FEED_CALLS_CONCURRENCY,
  AUTHOR_FEED_CALLS_MAX,
} from "../../feed/limits.ts";
import {
  headKey,
  type HeadPage,
  headPageSchema,
  olderKey,
  type OlderPage,
  olderPageSchema,
} from "../../feed/delivery/author-feed-pages.ts";
import type { Region } from "../../feed/delivery/regions.ts";
import { Freshness } from "./freshness.ts";
import { isPage, type KnownHead, PageCache } from "./page-cache.ts";

/** Where pages come from. */
export interface PullSources {
  /** Several values of KV by key, as JSON; what is not there is null. */
  readPages(keys: string[]): Promise<ReadonlyMap<string, unknown>>;
  /** What a region's freshness log has to say after a position. */
  readNews(region: Region, known: LogPosition | null): Promise<FreshnessUpdate>;
  /** The newest page of an outbox, from itself; null if it does not serve that epoch. */
  askHead(author: UserId, epoch: number): Promise<HeadPage | null>;
  /** An older page, from the outbox itself. */
  askPage(author: UserId, epoch: number, no: number): Promise<OlderPage | null>;
}

/** An author whose posts the viewer pulls, with the epoch that the outbox has to be of. */
export interface PulledAuthor {
  author: UserId;
  epoch: number;
}

/** An older page that is wanted. */
export interface WantedPage {
  author: UserId;
  head: HeadPage;
  page: HeadPage["older"][number];
}

/** Where a newest page was: in the isolate, in KV, with its outbox, or nowhere in time. */
type HeadSource = "isolate" | "kv" | "outbox" | "missing";

/** The newest pages that one reading knows of. */
type HeadsByAuthor = Map<UserId, KnownHead>;

/** What was found in time. */
export interface Heads {
  heads: Map<UserId, HeadPage>;
  /** Whether an author is missing, or known only as of a while ago. */
  partial: boolean;
}

export class PulledPages {
  readonly #sources: PullSources;
  readonly #nowMs: () => number;
  readonly #found: (source: HeadSource, count: number) => void;
  readonly #freshness: Freshness;
  readonly #cache = new PageCache();

  /** @param found hears where newest pages were found, and how many */
  constructor(
    sources: PullSources,
    nowMs: () => number,
    found: (source: HeadSource, count: number) => void = () => undefined,
  ) {
    this.#sources = sources;
    this.#nowMs = nowMs;
    this.#found = found;
    this.#freshness = new Freshness((region, known) => sources.readNews(region, known), nowMs);
  }

  /** The newest pages of some authors, each no older than the freshness log allows. */
  async heads(pulled: readonly PulledAuthor[], region: Region, deadlineMs: number): Promise<Heads> {
    const nowMs = this.#nowMs();
    // A source that hangs leaves the next one its share of the time.
    const byShare = (share: number): number => nowMs + (share * (deadlineMs - nowMs)) / 4;
    const view = await this.#freshness.view(region, byShare(1));
    // The isolate keeps fewer than one reader may pull: what is read for a page is the page's own.
    const known: HeadsByAuthor = new Map();
    for (const { author, epoch } of pulled) {
      const kept = this.#cache.head(author, epoch);
      if (kept !== null) known.set(author, kept);
    }
    const notCurrent = (some: readonly PulledAuthor[]): PulledAuthor[] =>
      some.filter(({ author }) => !this.#isCurrent(author, known, view));
    const unsure = notCurrent(pulled);
    // Where the log has news that are not here, KV will hardly have them already.
    const isBehind = ({ author }: PulledAuthor): boolean =>
      (view?.versionOf(author) ?? 0) > (known.get(author)?.head.version ?? 0);
    const behind = unsure.filter(isBehind);
    await this.#readHeads(
      unsure.filter((one) => !isBehind(one)),
      known,
      byShare(2),
    );
    const stale = notCurrent(unsure);
    await this.#askHeads(stale, known, byShare(3));
    const unanswered = notCurrent(stale).length;
    this.#found("isolate", pulled.length - unsure.length);
    this.#found("kv", unsure.length - stale.length);
    this.#found("outbox", stale.length - unanswered);
    this.#found("missing", unanswered);
    // If its outbox does not answer, an author's page of a minute ago is better than none.
    await this.#readHeads(notCurrent(behind), known, deadlineMs);
    const heads = new Map([...known].map(([author, { head }]) => [author, head]));
    return { heads, partial: notCurrent(unsure).length > 0 };
  }

  /** Older pages of some authors; what could not be had in time is missing. */
  async older(wanted: readonly WantedPage[], deadlineMs: number): Promise<Map<UserId, OlderPage>> {
    const found = new Map<UserId, OlderPage>();
    const missing = (): WantedPage[] => wanted.filter(({ author }) => !found.has(author));
    const note = ({ author, head, page }: WantedPage, older: OlderPage | null): void => {
      if (older === null || !isPage(older, head, page)) return;
      this.#cache.keepOlder(author, page.no, older);
      found.set(author, older);
    };
    for (const one of wanted) note(one, this.#cache.older(one.author, one.head, one.page));
    const keyOf = ({ author, page }: WantedPage): string => olderKey(author, page.no);
    const shareMs = (deadlineMs - this.#nowMs()) / 2;
    const stored = await this.#readKeys(missing().map(keyOf), this.#nowMs() + shareMs);
    for (const one of missing()) {
      const parsed = olderPageSchema.safeParse(stored.get(keyOf(one)));
      if (parsed.success) note(one, parsed.data);
    }
    await this.#ask(missing(), deadlineMs, async (one) => {
      note(one, await this.#sources.askPage(one.author, one.head.epoch, one.page.no));
    });
    return found;
  }

  /** Whether a page is known that has every change but those of the last few seconds. */
  #isCurrent(author: UserId, known: HeadsByAuthor, view: FreshnessView | null): boolean {
    const page = known.get(author);
    if (page === undefined) return false;
    const { head, wholeToMs } = page;
    if (view !== null) return view.vouches(author, head.version, wholeToMs);
    return wholeToMs >= this.#nowMs() - FRESHNESS_TRUSTED_MS;
  }

  async #readHeads(
    pulled: readonly PulledAuthor[],
    known: HeadsByAuthor,
    deadlineMs: number,
  ): Promise<void> {
    const wholeToMs = this.#nowMs() - KV_STALE_MAX_MS;
    const stored = await this.#readKeys(
      pulled.map(({ author }) => headKey(author)),
      deadlineMs,
    );
    for (const { author, epoch } of pulled) {
      const parsed = headPageSchema.safeParse(stored.get(headKey(author)));
      if (!parsed.success || parsed.data.epoch !== epoch) continue;
      known.set(author, this.#cache.keepHead(author, { head: parsed.data, wholeToMs }));
    }
  }

  async #askHeads(
    pulled: readonly PulledAuthor[],
    known: HeadsByAuthor,
    deadlineMs: number,
  ): Promise<void> {
    await this.#ask(pulled, deadlineMs, async ({ author, epoch }) => {
      const wholeToMs = this.#nowMs();
      const head = await this.#sources.askHead(author, epoch);
      if (head === null) throw new Error(`the outbox of ${author} does not serve epoch ${epoch}`);
      known.set(author, this.#cache.keepHead(author, { head, wholeToMs }));
    });
  }

  /** Values of KV; those that do not come in time are missing. */
  async #readKeys(keys: readonly string[], deadlineMs: number): Promise<Map<string, unknown>> {
    const bulks: string[][] = [];
    for (let at = 0; at < keys.length; at += KV_BULK_MAX_KEYS) {
      bulks.push(keys.slice(at, at + KV_BULK_MAX_KEYS));
    }
    const found = new Map<string, unknown>();
    await Promise.all(
      bulks.map(async (bulk) => {
        try {
          const values = await this.#inTime(this.#sources.readPages(bulk), deadlineMs);
          for (const [key, value] of values) found.set(key, value);
        } catch (error) {
          console.warn("pages of outboxes could not be read", String(error));
        }
      }),
    );
    return found;
  }

  /** Asks authorFeeds, a bounded number of them; those that do not answer in time are passed over. */
  async #ask<T extends { author: UserId }>(
    asked: readonly T[],
    deadlineMs: number,
    ask: (one: T) => Promise<void>,
  ): Promise<void> {
    await pMap(
      asked.slice(0, AUTHOR_FEED_CALLS_MAX),
      async (one) => {
        try {
          await this.#inTime(ask(one), deadlineMs);
        } catch (error) {
          console.warn("an outbox does not answer", { author: one.author, error: String(error) });
        }
      },
      { concurrency: AUTHOR_FEED_CALLS_CONCURRENCY },
    );
  }

  #inTime<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
    return pTimeout(work, { milliseconds: Math.max(1, deadlineMs - this.#nowMs()) });
  }
}
