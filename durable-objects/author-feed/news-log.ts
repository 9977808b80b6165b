/**
 * The news of an author feed: stored with the changes that made them, until every subscribed hub has them,
 * and a while longer for hubs that attach themselves later. Each hub is called on its own, so a slow one
 * keeps no other waiting; what it has not answered for is sent to it again.
 */
import { errorText } from "../../feed/error-text.ts";
import { goneWith, without } from "../../feed/delivery/author-memory.ts";
import type { HubName } from "../../feed/delivery/hub-ring.ts";
import type { AuthorNews, DatedNews } from "../../feed/delivery/notices.ts";
import type { UserId } from "../../feed/ids.ts";
import { LIVE_KEPT_MS } from "../../feed/limits.ts";
import { sendToHub } from "../live/hub-calls.ts";
import { Subscribers } from "../live/subscribers.ts";
import { storedJson } from "../storage/stored-json.ts";

type NewsRow = { no: number; at_ms: number; body: string };

export class NewsLog {
  readonly #author: UserId;
  readonly #sql: SqlStorage;
  readonly #env: Pick<Env, "HUB">;
  readonly #subscribers: Subscribers;
  /** The last news that each hub has, in memory: after an eviction a hub gets some of them again. */
  readonly #sent = new Map<HubName, number>();
  /** The calls under way, one for each hub. */
  readonly #sending = new Map<HubName, Promise<void>>();
  /** The largest number given out, because storage without news would begin again at 1. */
  #lastNo = 0;

  constructor(author: UserId, sql: SqlStorage, env: Pick<Env, "HUB">) {
    this.#author = author;
    this.#sql = sql;
    this.#env = env;
    this.#subscribers = new Subscribers(sql);
  }

  /** Adds a hub. @returns the news that it is not sent, because they were there before it */
  attach(hub: HubName): DatedNews[] {
    this.#subscribers.add(this.#author, hub);
    this.#sent.set(hub, this.#newest());
    return this.#rows(0).map(datedOf);
  }

  /** Adds hubs that may know the author from before this object lost its storage. */
  addHubs(hubs: readonly HubName[]): void {
    const known = new Set(this.#subscribers.of(this.#author).map(({ hub }) => hub));
    for (const hub of hubs) if (!known.has(hub)) this.#subscribers.add(this.#author, hub);
  }

  /** Stores news, and removes the entries that they delete from stored news. */
  store(news: AuthorNews, nowMs: number): void {
    this.forgetOld(nowMs);
    const gone = goneWith(news.changes);
    if (gone.size > 0) this.#eraseEntries(gone);
    this.#lastNo = this.#newest() + 1;
    const text = JSON.stringify(news);
    this.#sql.exec(
      "INSERT INTO news (no, at_ms, body) VALUES (?, ?, ?)",
      this.#lastNo,
      nowMs,
      text,
    );
  }

  /** Deletes old news. @returns when to call it again; null if no news are left */
  forgetOld(nowMs: number): number | null {
    this.#sql.exec("DELETE FROM news WHERE at_ms < ?", nowMs - LIVE_KEPT_MS);
    const { oldest } = this.#sql
      .exec<{ oldest: number | null }>("SELECT min(at_ms) AS oldest FROM news")
      .one();
    return oldest === null ? null : Math.max(oldest, nowMs - LIVE_KEPT_MS) + LIVE_KEPT_MS + 1;
  }

  /**
   * Sends every hub the news that it does not have. @throws if a hub does not take them; they stay, and
   * the next call sends them again
   */
  async forward(): Promise<void> {
    for (const { hub } of this.#subscribers.of(this.#author)) {
      if (this.#sending.has(hub)) continue;
      const sending = this.#sendTo(hub).finally(() => this.#sending.delete(hub));
      this.#sending.set(hub, sending);
    }
    const results = await Promise.allSettled(this.#sending.values());
    this.#noteSentToAll();
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  async #sendTo(hub: HubName): Promise<void> {
    for (;;) {
      const rows = this.#rows(this.#sent.get(hub) ?? this.#sentToAll());
      const last = rows.at(-1);
      const of = this.#subscribers.of(this.#author).filter((one) => one.hub === hub);
      if (last === undefined || of.length === 0) break;
      const notices = { news: rows.map((row) => datedOf(row).news), counts: [] };
      try {
        await sendToHub(this.#env, this.#subscribers, { hub, of, notices });
      } catch (error) {
        console.warn("a hub took no news", { hub, author: this.#author, error: errorText(error) });
        throw error;
      }
      this.#sent.set(hub, last.no);
    }
  }

  /** Notes which news every hub has, so that after an eviction they are not sent again. */
  #noteSentToAll(): void {
    const hubs = this.#subscribers.of(this.#author).map(({ hub }) => hub);
    for (const hub of this.#sent.keys()) if (!hubs.includes(hub)) this.#sent.delete(hub);
    const before = this.#sentToAll();
    const all = Math.min(this.#newest(), ...hubs.map((hub) => this.#sent.get(hub) ?? before));
    if (all > before) this.#sql.exec("UPDATE news SET told = 1 WHERE told = 0 AND no <= ?", all);
  }

  #sentToAll(): number {
    return this.#sql
      .exec<{ no: number }>("SELECT coalesce(max(no), 0) AS no FROM news WHERE told = 1")
      .one().no;
  }

  #newest(): number {
    const { no } = this.#sql
      .exec<{ no: number }>("SELECT coalesce(max(no), 0) AS no FROM news")
      .one();
    return Math.max(no, this.#lastNo);
  }

  #rows(after: number): NewsRow[] {
    return this.#sql
      .exec<NewsRow>("SELECT no, at_ms, body FROM news WHERE no > ? ORDER BY no", after)
      .toArray();
  }

  /** Takes the entries of deleted posts out of stored news; what deleted them stays. */
  #eraseEntries(gone: ReadonlySet<string>): void {
    for (const row of this.#rows(0)) {
      const before = datedOf(row);
      const { news } = without(before, gone);
      if (news === before.news) continue;
      this.#sql.exec("UPDATE news SET body = ? WHERE no = ?", JSON.stringify(news), row.no);
    }
  }
}

/** News as stored; those that an earlier version of the object stored name no version before them. */
function datedOf({ at_ms: atMs, body }: NewsRow): DatedNews {
  const stored = storedJson<Pick<AuthorNews, "author" | "changes"> & Partial<AuthorNews>>(body);
  return { atMs, news: { version: 0, after: null, ...stored } };
}
