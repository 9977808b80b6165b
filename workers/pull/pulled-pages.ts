/**
 * Pages of authors' feeds for readers: from the isolate, else from its data centre, else from KV, else from the feed
 * itself. A page in KV may be a minute old; the reader's hub says which version is the newest, and outdated pages are
 * read from their feeds. Everything has a bound: keys in bulk, feeds in number, and time by a deadline. A
 * page that does not come in time is missing, and the answer says that it is partial.
 */
import type { FreshnessView } from "../../feed/delivery/freshness.ts";
import type { HubName } from "../../feed/delivery/hub-ring.ts";
import {
  headKey,
  type HeadPage,
  headPageSchema,
  olderKey,
  type OlderPage,
  olderPageSchema,
} from "../../feed/delivery/author-feed-pages.ts";
import type { PulledAuthor } from "../../durable-objects/home-timeline/author-modes.ts";
import type { UserId } from "../../feed/ids.ts";
import { FRESHNESS_TRUSTED_MS, KV_STALE_MAX_MS } from "../../feed/limits.ts";
import { withinOr } from "../../durable-objects/within.ts";
import type { Kept } from "../near/near-cache.ts";
import type { NearValues } from "../near/near-values.ts";
import { readInBulks, visitFeeds } from "./bounded-reads.ts";
import { Freshness, type ReadVersions } from "./freshness.ts";
import { isPage, type CachedHead, PageCache } from "./page-cache.ts";

/** Where pages come from. */
export interface PullSources {
  /** Values of KV by key, and what the data centre keeps of them; null where KV has none. */
  stored: Pick<NearValues, "keep" | "readFar" | "readNear">;
  readVersions: ReadVersions;
  /** Reads the newest page from an author's feed; null if the feed does not serve that epoch. */
  readHead(author: UserId, epoch: number): Promise<HeadPage | null>;
  /** Reads an older page from an author's feed. */
  readOlder(author: UserId, epoch: number, no: number): Promise<OlderPage | null>;
}

/** An older page that a reader needs; `page` says what the head knows about it. */
export interface WantedPage {
  author: UserId;
  head: HeadPage;
  page: HeadPage["older"][number];
}

/** Where a read found a newest page: in the isolate, in the data centre, in KV, in its feed, or nowhere in time. */
type HeadSource = "isolate" | "near" | "kv" | "outbox" | "missing";

type HeadsByAuthor = Map<UserId, CachedHead>;

/** The newest pages that were read in time. */
export interface Heads {
  heads: Map<UserId, HeadPage>;
  /** Whether an author is missing, or has an outdated page. */
  partial: boolean;
}

const NOTHING: ReadonlyMap<string, Kept<unknown>> = new Map();

export class PulledPages {
  readonly #sources: PullSources;
  readonly #nowMs: () => number;
  readonly #countHeads: (source: HeadSource, count: number) => void;
  readonly #freshness: Freshness;
  readonly #cache = new PageCache();

  /** @param countHeads receives, for each read, how many newest pages came from each source */
  constructor(
    sources: PullSources,
    nowMs: () => number,
    countHeads: (source: HeadSource, count: number) => void = () => undefined,
  ) {
    this.#sources = sources;
    this.#nowMs = nowMs;
    this.#countHeads = countHeads;
    this.#freshness = new Freshness((hub, authors) => sources.readVersions(hub, authors), nowMs);
  }

  /**
   * Reads the newest pages of authors, each no older than the reader's hub allows. The isolate comes first, then the data
   * centre and KV, then the feeds: a source that hangs leaves the next ones a quarter of the time each.
   */
  async heads(pulled: readonly PulledAuthor[], hub: HubName, deadlineMs: number): Promise<Heads> {
    const nowMs = this.#nowMs();
    const quarterMs = (deadlineMs - nowMs) / 4;
    const authors = pulled.map(({ author }) => author);
    const view = await this.#freshness.view(hub, authors, nowMs + quarterMs);
    const heads = this.#cachedHeads(pulled);
    const outdated = (some: readonly PulledAuthor[]): PulledAuthor[] =>
      some.filter((pulledAuthor) => !this.#isCurrent(pulledAuthor, heads, view));
    const uncached = outdated(pulled);
    await this.#readHeadsNear(uncached, heads, nowMs + 1.5 * quarterMs);
    const far = outdated(uncached);
    const [changed, unchanged] = partition(far, ({ author }) => hasChanges(author, heads, view));
    // KV will hardly have a change already that the hub has and the isolate lacks.
    await this.#readHeadsFromKv(unchanged, heads, nowMs + 2 * quarterMs);
    const unread = outdated(far);
    await this.#readHeadsFromFeeds(unread, heads, nowMs + 3 * quarterMs);
    const unanswered = outdated(unread);
    this.#countHeads("isolate", pulled.length - uncached.length);
    this.#countHeads("near", uncached.length - far.length);
    this.#countHeads("kv", far.length - unread.length);
    this.#countHeads("outbox", unread.length - unanswered.length);
    this.#countHeads("missing", unanswered.length);
    // A page of a minute ago is better than none, where the feed does not answer.
    await this.#readHeadsFromKv(outdated(changed), heads, deadlineMs);
    const partial = outdated(uncached).length > 0;
    return { heads: new Map([...heads].map(([author, { head }]) => [author, head])), partial };
  }

  /** Reads older pages; a page that does not come in time is missing. */
  async older(wanted: readonly WantedPage[], deadlineMs: number): Promise<Map<UserId, OlderPage>> {
    const pages = new Map<UserId, OlderPage>();
    const missing = (): WantedPage[] => wanted.filter(({ author }) => !pages.has(author));
    const add = ({ author, head, page }: WantedPage, older: OlderPage | null): void => {
      if (older === null || !isPage(older, head, page)) return;
      this.#cache.keepOlder(author, page.no, older);
      pages.set(author, older);
    };
    for (const one of wanted) add(one, this.#cache.older(one.author, one.head, one.page));
    const keyOf = ({ author, page }: WantedPage): string => olderKey(author, page.no);
    const addRead = (values: ReadonlyMap<string, Kept<unknown>>): void => {
      for (const one of missing()) {
        const parsed = olderPageSchema.safeParse(values.get(keyOf(one))?.value);
        if (parsed.success) add(one, parsed.data);
      }
    };
    const startMs = this.#nowMs();
    const quarterMs = (deadlineMs - startMs) / 4;
    addRead(await this.#readNear(missing().map(keyOf), startMs + quarterMs));
    addRead(await this.#readKv(missing().map(keyOf), startMs + 2 * quarterMs));
    await visitFeeds(missing(), this.#timeLeftUntil(deadlineMs), async (one) => {
      add(one, await this.#sources.readOlder(one.author, one.head.epoch, one.page.no));
    });
    return pages;
  }

  /**
   * The newest pages that the isolate has. They are copied, because one reader may pull more authors
   * than the isolate keeps.
   */
  #cachedHeads(pulled: readonly PulledAuthor[]): HeadsByAuthor {
    const heads: HeadsByAuthor = new Map();
    for (const { author, epoch } of pulled) {
      const cached = this.#cache.head(author, epoch);
      if (cached !== null) heads.set(author, cached);
    }
    return heads;
  }

  /** Whether an author's page has every change but those of the last few seconds. */
  #isCurrent(
    { author, version }: PulledAuthor,
    heads: HeadsByAuthor,
    view: FreshnessView,
  ): boolean {
    const cached = heads.get(author);
    if (cached === undefined || cached.head.version < version) return false;
    const { head, wholeToMs } = cached;
    const nowMs = this.#nowMs();
    if (head.version < view.versionOf(author)) return false;
    return view.trusts(author, nowMs) || wholeToMs >= nowMs - FRESHNESS_TRUSTED_MS;
  }

  async #readHeadsNear(
    pulled: readonly PulledAuthor[],
    heads: HeadsByAuthor,
    deadlineMs: number,
  ): Promise<void> {
    const keys = pulled.map(({ author }) => headKey(author));
    this.#addHeads(pulled, heads, await this.#readNear(keys, deadlineMs));
  }

  async #readHeadsFromKv(
    pulled: readonly PulledAuthor[],
    heads: HeadsByAuthor,
    deadlineMs: number,
  ): Promise<void> {
    const keys = pulled.map(({ author }) => headKey(author));
    this.#addHeads(pulled, heads, await this.#readKv(keys, deadlineMs));
  }

  #addHeads(
    pulled: readonly PulledAuthor[],
    heads: HeadsByAuthor,
    read: ReadonlyMap<string, Kept<unknown>>,
  ): void {
    for (const { author, epoch } of pulled) {
      const { value, readMs = 0 } = read.get(headKey(author)) ?? {};
      const parsed = headPageSchema.safeParse(value);
      if (!parsed.success || parsed.data.epoch !== epoch) continue;
      const found = { head: parsed.data, wholeToMs: readMs - KV_STALE_MAX_MS };
      heads.set(author, this.#cache.keepHead(author, found));
    }
  }

  async #readHeadsFromFeeds(
    pulled: readonly PulledAuthor[],
    heads: HeadsByAuthor,
    deadlineMs: number,
  ): Promise<void> {
    await visitFeeds(pulled, this.#timeLeftUntil(deadlineMs), async ({ author, epoch }) => {
      const wholeToMs = this.#nowMs();
      const head = await this.#sources.readHead(author, epoch);
      if (head === null) throw new Error(`the feed does not serve epoch ${epoch}`);
      heads.set(author, this.#cache.keepHead(author, { head, wholeToMs }));
      // The other isolates of the data centre will look for it. As if KV had it at last.
      const kept = { value: head, readMs: wholeToMs + KV_STALE_MAX_MS };
      this.#sources.stored.keep(new Map([[headKey(author), kept]]));
    });
  }

  async #readNear(
    keys: readonly string[],
    deadlineMs: number,
  ): Promise<ReadonlyMap<string, Kept<unknown>>> {
    if (keys.length === 0) return NOTHING;
    const milliseconds = deadlineMs - this.#nowMs();
    return withinOr(this.#sources.stored.readNear(keys), { milliseconds }, NOTHING);
  }

  #readKv(keys: readonly string[], deadlineMs: number): Promise<Map<string, Kept<unknown>>> {
    return readInBulks(keys, this.#timeLeftUntil(deadlineMs), (bulk) =>
      this.#sources.stored.readFar(bulk),
    );
  }

  #timeLeftUntil(deadlineMs: number): () => number {
    return () => deadlineMs - this.#nowMs();
  }
}

/** Whether the isolate has a page of an author, and the hub a newer version. */
function hasChanges(author: UserId, heads: HeadsByAuthor, view: FreshnessView): boolean {
  const cached = heads.get(author);
  return cached !== undefined && view.versionOf(author) > cached.head.version;
}

function partition<T>(all: readonly T[], is: (one: T) => boolean): [T[], T[]] {
  return [all.filter((one) => is(one)), all.filter((one) => !is(one))];
}
