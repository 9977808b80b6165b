/**
 * A node of a celebrity's live tree (feed/delivery/live-tree.ts): the author feed at its root, or a
 * relay. It stores its listeners: members at a leaf, branches elsewhere. A listener that has left
 * says so in its answer and is removed; nobody has to unsubscribe. An eviction loses nothing,
 * because all of this is stored.
 */
import pRetry from "p-retry";
import pTimeout, { TimeoutError } from "p-timeout";
import type { Change } from "../../feed/timeline/entry.ts";
import type { UserId } from "../../feed/ids.ts";
import {
  LIVE_CALL_ATTEMPTS,
  LIVE_CALL_TIMEOUT_MS,
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
}

/** How a node reaches others. */
export interface LiveCalls {
  /** Sends news to a user's home timeline. @returns false if it has left */
  sendToMember(user: UserId, news: readonly LiveNews[]): Promise<boolean>;
  /** Sends news to a node below. @returns false if it has no listeners left */
  sendToBranch(name: string, news: readonly LiveNews[]): Promise<boolean>;
  /** Adds this node to the listeners of the node above. @returns the recent changes up there */
  attachToParent(name: string): Promise<Change[]>;
}

type Listener = { kind: "member" | "branch"; name: string; joined: number };

export class LiveNode {
  readonly #sql: SqlStorage;
  readonly #calls: LiveCalls;
  /** How often this node has run out of listeners; in memory, as are the calls that span it. */
  #emptied = 0;
  #forwarding: Promise<void> | null = null;

  constructor(sql: SqlStorage, calls: LiveCalls) {
    this.#sql = sql;
    this.#calls = calls;
  }

  /**
   * Adds a follower who is online to this leaf, and this leaf to the node above.
   * @returns the recent changes, or "full" if the tree is too small for its author
   */
  async join(self: string, user: UserId, nowMs: number): Promise<Change[] | "full"> {
    const isNew = !this.#hasListener("member", user);
    if (isNew && this.#listenerCount() >= LIVE_LEAF_MAX_MEMBERS) return "full";
    this.#addListener("member", user);
    return this.#attached(self, nowMs);
  }

  /**
   * Adds a node below this one.
   * @param self name of this node; null for the root, which attaches to nothing
   * @returns the recent changes
   */
  async attachBranch(self: string | null, branch: string, nowMs: number): Promise<Change[]> {
    this.#addListener("branch", branch);
    return self === null ? this.#recent(nowMs) : this.#attached(self, nowMs);
  }

  /**
   * Stores news until `forward` has sent them, and a while longer for those who join soon after.
   */
  store(news: LiveNews, nowMs: number): void {
    this.#sql.exec("DELETE FROM news WHERE told = 1 AND at_ms < ?", nowMs - LIVE_RECENT_MS);
    this.#sql.exec("INSERT INTO news (at_ms, body) VALUES (?, ?)", nowMs, JSON.stringify(news));
  }

  /** Whether the node has listeners. If it has none, the next one to join attaches it anew. */
  get hasListeners(): boolean {
    if (this.#listenerCount() > 0) return true;
    this.#sql.exec("DELETE FROM attached");
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
        console.warn("a live-tree listener took no news", { kind, name, error: String(error) });
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
    return pRetry(() => pTimeout(call(), { milliseconds: LIVE_CALL_TIMEOUT_MS }), {
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

  /** Makes sure that the node above sends to this one. @returns the recent changes */
  async #attached(self: string, nowMs: number): Promise<Change[]> {
    if (this.#sql.exec("SELECT 1 FROM attached").toArray().length > 0) return this.#recent(nowMs);
    const emptiedBefore = this.#emptied;
    const above = await this.#calls.attachToParent(self);
    if (this.#emptied === emptiedBefore) {
      this.#sql.exec("INSERT INTO attached (id, attached) VALUES (0, 1) ON CONFLICT DO NOTHING");
    }
    return [...above, ...this.#recent(nowMs)];
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

  #recent(nowMs: number): Change[] {
    return this.#sql
      .exec<{ body: string }>(
        "SELECT body FROM news WHERE at_ms >= ? ORDER BY no",
        nowMs - LIVE_RECENT_MS,
      )
      .toArray()
      .flatMap(({ body }) => storedJson<LiveNews>(body).changes);
  }
}
