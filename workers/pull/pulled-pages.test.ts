import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { hubOf } from "../../feed/delivery/hub-ring.ts";
import { BEGINNING, idBucket, makeId, type UserId } from "../../feed/ids.ts";
import { FRESHNESS_EVERY_MS, ISOLATE_HEADS_MAX, AUTHOR_FEED_CALLS_MAX } from "../../feed/limits.ts";
import { NEAR_PAGE_KEPT_MS, NEAR_READS_MAX } from "../../feed/limits-near.ts";
import {
  headKey,
  type HeadPage,
  olderKey,
  type OlderPage,
} from "../../feed/delivery/author-feed-pages.ts";
import { DEFAULT_REGION } from "../../feed/delivery/regions.ts";
import { DataCentre } from "../../test/data-centre.ts";
import { postsOf } from "../../test/entries.ts";
import type { Kept } from "../near/near-cache.ts";
import { NearValues } from "../near/near-values.ts";
import { PulledPages, type PullSources } from "./pulled-pages.ts";

/** How long a page waits in tests where a source hangs. */
const BUDGET_MS = 200;
const EPOCH = 1;

const authors: UserId[] = Array.from({ length: 500 }, (_, n) => makeId(n + 1, n, n));
const [first = ""] = authors;

function headOf(author: UserId, version: number): HeadPage {
  const entries = postsOf(author, 2, version).toReversed();
  return { v: 1, epoch: EPOCH, version, entries, older: [], horizon: BEGINNING, reposts: [] };
}

function pageOf(author: UserId, version: number): OlderPage {
  return { v: 1, epoch: EPOCH, version, entries: postsOf(author, 3) };
}

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

const HUB = hubOf(DEFAULT_REGION, 1, first);

/** Feeds and KV at version 1, and a hub that vouches for all of them. It counts all calls. */
class Skein implements PullSources {
  nowMs = 1_000_000;
  /** The authors for whom the hub does not vouch. */
  readonly unvouched = new Set<UserId>();
  readonly kv = new Map<string, unknown>(authors.map((id) => [headKey(id), headOf(id, 1)]));
  readonly authorFeeds = new Map<UserId, HeadPage>(authors.map((id) => [id, headOf(id, 1)]));
  readonly calls = { versions: 0, kv: 0, keys: 0, heads: 0, pages: 0 };
  /** Runs before a source answers. */
  before: Partial<Record<"versions" | "kv" | "heads" | "pages", () => Promise<unknown>>> = {};
  readonly stored: NearValues;
  readonly pages: PulledPages;
  readonly #later: Promise<unknown>[] = [];

  /** @param near the data centre of this isolate */
  constructor(near = new DataCentre()) {
    const source = {
      kind: "pages",
      read: (keys: string[]) => this.readPages(keys),
      keptMs: (_: string, { value }: Kept<unknown>) => (value === null ? 0 : NEAR_PAGE_KEPT_MS),
    };
    const nowMs = () => this.nowMs;
    const afterwards = (work: Promise<unknown>) => void this.#later.push(work);
    this.stored = new NearValues(source, { near, nowMs, afterwards });
    this.pages = new PulledPages(this, nowMs);
  }

  async readPages(keys: string[]): Promise<ReadonlyMap<string, unknown>> {
    this.calls.kv++;
    this.calls.keys += keys.length;
    await this.before.kv?.();
    return new Map(keys.map((key) => [key, this.kv.get(key) ?? null]));
  }

  async readVersions(_: unknown, some: readonly UserId[]): Promise<Map<UserId, number>> {
    this.calls.versions++;
    await this.before.versions?.();
    const vouched = some.filter((author) => !this.unvouched.has(author));
    return new Map(vouched.map((author) => [author, this.authorFeeds.get(author)?.version ?? 1]));
  }

  async readHead(author: UserId, epoch: number): Promise<HeadPage | null> {
    this.calls.heads++;
    await this.before.heads?.();
    const head = this.authorFeeds.get(author);
    return head?.epoch === epoch ? head : null;
  }

  async readOlder(author: UserId): Promise<OlderPage | null> {
    this.calls.pages++;
    await this.before.pages?.();
    return pageOf(author, 1);
  }

  /** Changes a feed; the hub gets the new version, KV does not yet. */
  change(author: UserId, version: number): void {
    this.authorFeeds.set(author, headOf(author, version));
  }

  /** Reads the newest pages of authors; `calls` counts this read alone. */
  async read(some: readonly UserId[] = authors) {
    Object.assign(this.calls, { versions: 0, kv: 0, keys: 0, heads: 0, pages: 0 });
    const pulled = some.map((author) => ({ author, epoch: EPOCH, version: 0 }));
    const { heads, partial } = await this.pages.heads(pulled, HUB, this.nowMs + BUDGET_MS);
    await Promise.all(this.#later);
    return { versions: some.map((author) => heads.get(author)?.version ?? 0), partial };
  }
}

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("a reader of five hundred pulled authors", () => {
  it("costs a new isolate one call of the hub and five reads of KV", async () => {
    const skein = new Skein();
    const { versions, partial } = await skein.read();
    expect(versions).toEqual(authors.map(() => 1));
    expect(partial).toBe(false);
    expect(skein.calls).toEqual({ versions: 1, kv: 5, keys: 500, heads: 0, pages: 0 });
  });

  it("costs nothing within a second, then a call of the hub and one of each feed that has changed", async () => {
    const skein = new Skein();
    await skein.read();
    await skein.read();
    expect(skein.calls).toEqual({ versions: 0, kv: 0, keys: 0, heads: 0, pages: 0 });
    skein.nowMs += FRESHNESS_EVERY_MS;
    skein.change(first, 2);
    const { versions } = await skein.read();
    expect(versions).toEqual([2, ...authors.slice(1).map(() => 1)]);
    expect(skein.calls).toEqual({ versions: 1, kv: 0, keys: 0, heads: 1, pages: 0 });
  });

  it("costs at most a hundred calls of feeds while KV fails, and answers partial pages meanwhile", async () => {
    const skein = new Skein();
    skein.before = { kv: () => Promise.reject(new Error("KV is down")) };
    const { versions, partial } = await skein.read();
    expect(skein.calls).toEqual({
      versions: 1,
      kv: 5,
      keys: 500,
      heads: AUTHOR_FEED_CALLS_MAX,
      pages: 0,
    });
    expect(versions.filter((version) => version === 1)).toHaveLength(AUTHOR_FEED_CALLS_MAX);
    expect(partial).toBe(true);
    // The isolate keeps what it has read, so that a few pages later nothing is missing.
    for (let page = 0; page < 3; page++) await skein.read();
    expect((await skein.read()).partial).toBe(false);
  });
});

it("a reader who pulls more authors than an isolate caches gets all of their pages", async () => {
  const skein = new Skein();
  const crowd = Array.from({ length: 2 * ISOLATE_HEADS_MAX }, (_, n) => makeId(n + 1, n % 1024, n));
  for (const author of crowd) skein.kv.set(headKey(author), headOf(author, 1));
  for (let page = 0; page < 2; page++) {
    expect(await skein.read(crowd)).toEqual({ versions: crowd.map(() => 1), partial: false });
    expect(skein.calls.kv).toBeLessThanOrEqual(crowd.length / 100);
    expect(skein.calls.heads).toBe(0);
  }
});

describe("PulledPages, when a source fails", () => {
  const some = authors.slice(0, 40);

  it("reads every page from its feed while KV fails", async () => {
    const skein = new Skein();
    skein.before = { kv: () => Promise.reject(new Error("KV is down")) };
    expect(await skein.read(some)).toEqual({ versions: some.map(() => 1), partial: false });
    expect(skein.calls.heads).toBe(some.length);
  });

  for (const [name, hanging] of [
    ["KV", { kv: never }],
    ["the hub", { versions: never }],
  ] as const) {
    it(`leaves feeds time to answer while ${name} hangs`, async () => {
      const skein = new Skein();
      skein.before = { ...hanging, heads: () => scheduler.wait(BUDGET_MS / 10) };
      expect(await skein.read(some)).toEqual({ versions: some.map(() => 1), partial: false });
    });
  }

  it("leaves out only the author whose feed hangs or is overloaded", async () => {
    for (const fails of [never, () => Promise.reject(new Error("overloaded"))]) {
      const skein = new Skein();
      skein.kv.delete(headKey(first));
      skein.before = { heads: fails };
      const found = await skein.read(some);
      expect(found).toEqual({ versions: [0, ...some.slice(1).map(() => 1)], partial: true });
      skein.before = {};
      expect(await skein.read(some)).toEqual({ versions: some.map(() => 1), partial: false });
    }
  });

  it("shows the cached page of a changed feed that does not answer, and says that it is partial", async () => {
    const skein = new Skein();
    await skein.read(some);
    skein.nowMs += FRESHNESS_EVERY_MS;
    skein.change(first, 2);
    skein.before = { heads: () => Promise.reject(new Error("overloaded")) };
    expect(await skein.read(some)).toEqual({ versions: some.map(() => 1), partial: true });
    skein.before = {};
    const versions = [2, ...some.slice(1).map(() => 1)];
    expect(await skein.read(some)).toEqual({ versions, partial: false });
  });

  it("trusts cached pages for three seconds while the hub fails, then reads the feeds", async () => {
    const skein = new Skein();
    await skein.read(some);
    skein.before = { versions: () => Promise.reject(new Error("the hub is down")) };
    skein.nowMs += 2 * FRESHNESS_EVERY_MS;
    await skein.read(some);
    expect(skein.calls).toMatchObject({ kv: 0, heads: 0 });
    skein.nowMs += 2 * FRESHNESS_EVERY_MS;
    skein.authorFeeds.set(first, headOf(first, 2));
    const versions = [2, ...some.slice(1).map(() => 1)];
    expect(await skein.read(some)).toEqual({ versions, partial: false });
    expect(skein.calls.heads).toBe(some.length);
    skein.before = {};
    skein.nowMs += FRESHNESS_EVERY_MS;
    await skein.read(some);
    expect(skein.calls).toMatchObject({ versions: 1, heads: 0 });
  });

  it("reads only the feeds of authors for whom the hub does not vouch", async () => {
    const skein = new Skein();
    await skein.read(some);
    skein.nowMs += 4 * FRESHNESS_EVERY_MS;
    skein.unvouched.add(first);
    skein.authorFeeds.set(first, headOf(first, 2));
    const versions = [2, ...some.slice(1).map(() => 1)];
    expect(await skein.read(some)).toEqual({ versions, partial: false });
    expect(skein.calls).toMatchObject({ versions: 1, kv: 1, keys: 1, heads: 1 });
  });
});

describe("isolates of one data centre", () => {
  const some = authors.slice(0, NEAR_READS_MAX);

  it("read each page from KV once, and a changed one from its feed once", async () => {
    const near = new DataCentre();
    const isolates = [new Skein(near), new Skein(near), new Skein(near)] as const;
    await isolates[0].read(some);
    expect(isolates[0].calls).toMatchObject({ kv: 1, keys: some.length });
    await isolates[1].read(some);
    expect(isolates[1].calls).toMatchObject({ kv: 0, heads: 0 });
    for (const isolate of isolates) {
      isolate.nowMs += FRESHNESS_EVERY_MS;
      isolate.change(first, 2);
    }
    const versions = [2, ...some.slice(1).map(() => 1)];
    expect(await isolates[0].read(some)).toEqual({ versions, partial: false });
    expect(isolates[0].calls).toMatchObject({ kv: 0, heads: 1 });
    for (const isolate of [isolates[1], isolates[2]]) {
      expect(await isolate.read(some)).toEqual({ versions, partial: false });
      expect(isolate.calls).toMatchObject({ kv: 0, heads: 0 });
    }
  });

  it("read from KV and feeds as before while the data centre's cache fails", async () => {
    const near = new DataCentre();
    near.broken = true;
    const isolate = new Skein(near);
    expect(await isolate.read(some)).toEqual({ versions: some.map(() => 1), partial: false });
    expect(isolate.calls).toMatchObject({ kv: 1, keys: some.length });
  });
});

describe("readers of the same authors at the same time", () => {
  it("ask the hub once", async () => {
    const skein = new Skein();
    const pulled = authors.map((author) => ({ author, epoch: EPOCH, version: 0 }));
    const read = () => skein.pages.heads(pulled, HUB, skein.nowMs + 10_000);
    const found = await Promise.all(Array.from({ length: 20 }, read));
    for (const { heads, partial } of found) expect([heads.size, partial]).toEqual([500, false]);
    expect(skein.calls).toMatchObject({ versions: 1, heads: 0 });
  });
});

describe("a page of an author's feed", () => {
  it("is read from the feed if KV has one of another epoch, or no valid page", async () => {
    for (const wrong of [{ ...headOf(first, 9), epoch: 3 }, { v: 2 }, "no page", null]) {
      const skein = new Skein();
      skein.kv.set(headKey(first), wrong);
      expect(await skein.read([first])).toEqual({ versions: [1], partial: false });
      expect(skein.calls.heads).toBe(1);
    }
  });

  it("is missing if the feed does not serve the epoch, and the answer is partial", async () => {
    const skein = new Skein();
    skein.kv.clear();
    skein.authorFeeds.set(first, { ...headOf(first, 1), epoch: 3 });
    expect(await skein.read([first])).toEqual({ versions: [0], partial: true });
  });

  it("that is older comes from the isolate, else KV, else the feed, never older than the head says", async () => {
    const skein = new Skein();
    const bucket = idBucket(first);
    const named = (version: number) => ({ no: 7, oldest: makeId(1, bucket, 0), version });
    const wanted = (version: number) => [
      { author: first, head: headOf(first, 5), page: named(version) },
    ];
    const read = (version: number) => skein.pages.older(wanted(version), skein.nowMs + BUDGET_MS);
    skein.kv.set(olderKey(first, 7), pageOf(first, 1));
    expect((await read(1)).get(first)?.version).toBe(1);
    expect(skein.calls).toMatchObject({ kv: 1, pages: 0 });
    await read(1);
    expect(skein.calls).toMatchObject({ kv: 1, pages: 0 });
    // No source has the newer version yet.
    expect((await read(2)).size).toBe(0);
    expect(skein.calls).toMatchObject({ kv: 2, pages: 1 });
    skein.kv.clear();
    expect((await new Skein().pages.older(wanted(1), skein.nowMs + BUDGET_MS)).size).toBe(1);
  });
});
