/**
 * A node of a celebrity's live tree (feed/delivery/live-tree.ts): the author feed at its root, or a
 * relay. It stores its listeners: members at a leaf, branches elsewhere. A listener that has left
 * says so in its answer and is removed; nobody has to unsubscribe. An eviction loses nothing,
 * because all of this is stored.
 */
import { errorText } from "../../feed/error-text.ts";
import pRetry from "p-retry";
import { TimeoutError, within } from "../within.ts";
import type { Change } from "../../feed/timeline/entry.ts";
import type { Id, UserId } from "../../feed/ids.ts";
import {
  LIVE_CALL_ATTEMPTS,
  LIVE_CALL_TIMEOUT_MS,
  LIVE_KEPT_MS,
  LIVE_LEAF_MAX_MEMBERS,
  LIVE_RECENT_MS,
  LIVE_RETRY_BASE_MS,
} from "../../feed/limits.ts";
import { storedJson } from "../storage/stored-json.ts";
import { broadcast } from "./broadcast.ts";

/** The tables of a node, beside those of the object that is one. */
export const LIVE_NODE_MIGRATION_SQL = `
  CREATE TABLE listeners (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    joined INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
  ) WITHOUT ROWID;
  CREATE TABLE news (
    no INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    body TEXT NOT NULL,
    told INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE attached (id INTEGER PRIMARY KEY CHECK (id = 0), attached INTEGER NOT NULL);`;

/** Changes of one author, on their way to followers who are online. */
export interface LiveNews {
  author: UserId;
  changes: readonly Change[];
  /** The version of the author feed with these changes; absent in news that an older node made. */
  version?: number;
}

/** A change, and when the node that remembers it got it, in milliseconds since 1970. */
export interface DatedChange {
  atMs: number;
  change: Change;
  version?: number;
}

/** What a node remembers of the news of the last `LIVE_KEPT_MS`, oldest first. */
export interface Remembered {
  /** When the author feed was filled: pages have what it held then, and news what came later. */
  fromMs: number;
  news: { atMs: number; news: LiveNews }[];
}

/** The changes since a time, in order; null if the node does not remember all of them. */
export type ChangesSince = DatedChange[] | null;

/** How a node reaches others. */
export interface LiveCalls {
  /** Sends news to a user's home timeline. @returns false if it has left */
  sendToMember(user: UserId, news: readonly LiveNews[]): Promise<boolean>;
  /** Sends news to a node below. @returns false if it has no listeners left */
  sendToBranch(name: string, news: readonly LiveNews[]): Promise<boolean>;
  /** Adds this node to the listeners of the node above. @returns what that node remembers */
  attachToParent(name: string): Promise<Remembered>;
}

/** `attached` of a node that was attached before it noted from when on it has all news. */
const ATTACHED_UNDATED = 1;

type Listener = { kind: "member" | "branch"; name: string; joined: number };

export class LiveNode {
  readonly #sql: SqlStorage;
  readonly #calls: LiveCalls;
  /** How often this node has run out of listeners; in memory, as are the calls that span it. */
  #emptied = 0;
  #forwarding: Promise<void> | null = null;
  #attaching: Promise<Remembered> | null = null;

  constructor(sql: SqlStorage, calls: LiveCalls) {
    this.#sql = sql;
    this.#calls = calls;
  }

  /**
   * Adds a follower who is online to this leaf, and this leaf to the node above.
   * @returns the changes that a page of some time may lack, or "full" if the tree is too small for its author
   */
  async join(
    self: string,
    user: UserId,
    sinceMs: number,
    nowMs: number,
  ): Promise<{ changes: ChangesSince } | "full"> {
    const isNew = !this.#hasListener("member", user);
    if (isNew && this.#listenerCount() >= LIVE_LEAF_MAX_MEMBERS) return "full";
    this.#addListener("member", user);
    const { fromMs, news } = await this.#attached(self);
    // A page may lack news that are somewhat older than it is.
    const lackedFromMs = sinceMs - LIVE_RECENT_MS;
    if (sinceMs < fromMs || lackedFromMs < nowMs - LIVE_KEPT_MS) return { changes: null };
    const changes = news
      .filter(({ atMs }) => atMs >= lackedFromMs)
      .flatMap((one) => datedChanges(one.news, one.atMs));
    return { changes };
  }

  /** Adds a node below this node. @returns what this node remembers */
  async attachBranch(self: string, branch: string): Promise<Remembered> {
    this.#addListener("branch", branch);
    return this.#attached(self);
  }

  /** Adds a node below this root. @param filledMs when the author feed was filled */
  attachBranchToRoot(branch: string, filledMs: number): Remembered {
    this.#addListener("branch", branch);
    return this.#remembered(filledMs);
  }

  /**
   * Stores news until `forward` has sent them, and a while longer for those who join later. What a
   * change deletes goes from the news that are stored.
   */
  store(news: LiveNews, nowMs: number): void {
    this.forgetOld(nowMs);
    const gone = new Set(news.changes.flatMap((change) => goneWith(change)));
    if (gone.size > 0) this.#eraseEntries(gone);
    this.#sql.exec("INSERT INTO news (at_ms, body) VALUES (?, ?)", nowMs, JSON.stringify(news));
  }

  /** Deletes old news. @returns when to call it again; null if no news are left */
  forgetOld(nowMs: number): number | null {
    this.#sql.exec("DELETE FROM news WHERE told = 1 AND at_ms < ?", nowMs - LIVE_KEPT_MS);
    const { oldest } = this.#sql
      .exec<{ oldest: number | null }>("SELECT min(at_ms) AS oldest FROM news")
      .one();
    return oldest === null ? null : Math.max(oldest, nowMs - LIVE_KEPT_MS) + LIVE_KEPT_MS + 1;
  }

  /** Whether the node has listeners. If it has none, the next one to join attaches it anew. */
  get hasListeners(): boolean {
    if (this.#listenerCount() > 0) return true;
    this.#sql.exec("DELETE FROM attached");
    this.#sql.exec("DELETE FROM news");
    this.#emptied++;
    return false;
  }

  /**
   * Sends stored news that have not been sent to all listeners; concurrent callers share one run.
   */
  forward(): Promise<void> {
    this.#forwarding ??= this.#forwardAll().finally(() => {
      this.#forwarding = null;
    });
    return this.#forwarding;
  }

  async #forwardAll(): Promise<void> {
    while (await this.#forwardPending());
  }

  /** @returns whether there was anything to send */
  async #forwardPending(): Promise<boolean> {
    const pending = this.#sql
      .exec<{ no: number; body: string }>("SELECT no, body FROM news WHERE told = 0 ORDER BY no")
      .toArray();
    const last = pending.at(-1);
    if (last === undefined) return false;
    const listeners = this.#sql
      .exec<Listener>("SELECT kind, name, joined FROM listeners")
      .toArray();
    const news = pending.map(({ body }) => storedJson<LiveNews>(body));
    await broadcast(listeners, {
      call: (listener) => this.#send(listener, news),
      onAnswer: (listener, stillThere) => {
        if (!stillThere) this.#remove(listener);
      },
      onFailure: ({ kind, name }, error) => {
        // It stays: the next post may reach it, and its page reads this one.
        console.warn("a live-tree listener took no news", { kind, name, error: errorText(error) });
      },
    });
    this.#sql.exec("UPDATE news SET told = 1 WHERE told = 0 AND no <= ?", last.no);
    return true;
  }

  #send({ kind, name }: Listener, news: readonly LiveNews[]): Promise<boolean> {
    const call = () =>
      kind === "member"
        ? this.#calls.sendToMember(name, news)
        : this.#calls.sendToBranch(name, news);
    return pRetry(() => within(call(), { milliseconds: LIVE_CALL_TIMEOUT_MS }), {
      retries: LIVE_CALL_ATTEMPTS - 1,
      minTimeout: LIVE_RETRY_BASE_MS,
      // One that hangs has kept the others waiting for long enough.
      shouldRetry: ({ error }) => !(error instanceof TimeoutError),
    });
  }

  /** Removes a listener, unless it has joined again since it was read. */
  #remove({ kind, name, joined }: Listener): void {
    this.#sql.exec(
      "DELETE FROM listeners WHERE kind = ? AND name = ? AND joined = ?",
      kind,
      name,
      joined,
    );
  }

  /** Makes sure that the node above sends to this one. @returns what this node remembers then */
  async #attached(self: string): Promise<Remembered> {
    const [row] = this.#sql.exec<{ attached: number }>("SELECT attached FROM attached").toArray();
    if (row !== undefined && row.attached !== ATTACHED_UNDATED) {
      return this.#remembered(row.attached);
    }
    this.#attaching ??= this.#attach(self).finally(() => {
      this.#attaching = null;
    });
    const above = await this.#attaching;
    const own = this.#remembered(above.fromMs);
    return { fromMs: own.fromMs, news: [...above.news, ...own.news] };
  }

  async #attach(self: string): Promise<Remembered> {
    const emptiedBefore = this.#emptied;
    const above = await this.#calls.attachToParent(self);
    if (this.#emptied !== emptiedBefore) return above;
    this.#sql.exec(
      `INSERT INTO attached (id, attached) VALUES (0, ?)
       ON CONFLICT (id) DO UPDATE SET attached = excluded.attached`,
      above.fromMs,
    );
    for (const { atMs, news } of above.news) {
      this.#sql.exec(
        "INSERT INTO news (at_ms, body, told) VALUES (?, ?, 1)",
        atMs,
        JSON.stringify(news),
      );
    }
    return { fromMs: above.fromMs, news: [] };
  }

  #addListener(kind: Listener["kind"], name: string): void {
    this.#sql.exec(
      `INSERT INTO listeners (kind, name, joined) VALUES (?, ?, 1)
       ON CONFLICT (kind, name) DO UPDATE SET joined = joined + 1`,
      kind,
      name,
    );
  }

  #hasListener(kind: Listener["kind"], name: string): boolean {
    const found = this.#sql.exec("SELECT 1 FROM listeners WHERE kind = ? AND name = ?", kind, name);
    return found.toArray().length > 0;
  }

  #listenerCount(): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM listeners").one().n;
  }

  #remembered(fromMs: number): Remembered {
    const news = this.#sql
      .exec<{ at_ms: number; body: string }>("SELECT at_ms, body FROM news ORDER BY at_ms, no")
      .toArray()
      .map(({ at_ms: atMs, body }) => ({ atMs, news: storedJson<LiveNews>(body) }));
    return { fromMs, news };
  }

  /** Takes the entries of deleted posts out of stored news; what deleted them stays. */
  #eraseEntries(gone: ReadonlySet<Id>): void {
    const rows = this.#sql.exec<{ no: number; body: string }>("SELECT no, body FROM news");
    for (const { no, body } of rows.toArray()) {
      const news = storedJson<LiveNews>(body);
      const changes = news.changes.filter((change) => !showsAny(change, gone));
      if (changes.length === news.changes.length) continue;
      const text = JSON.stringify({ ...news, changes });
      this.#sql.exec("UPDATE news SET body = ? WHERE no = ?", text, no);
    }
  }
}

/** The changes of news, each with when they came. */
export function datedChanges({ changes, version }: LiveNews, atMs: number): DatedChange[] {
  const known = version === undefined ? {} : { version };
  return changes.map((change) => ({ atMs, change, ...known }));
}

/** The ids that a change deletes: of a post, with every entry that shows it, or of a repost. */
function goneWith(change: Change): Id[] {
  return change.kind === "entry" ? [] : [change.id];
}

function showsAny(change: Change, gone: ReadonlySet<Id>): boolean {
  return change.kind === "entry" && (gone.has(change.entry.id) || gone.has(change.entry.post.id));
}
