/**
 * A node of a celebrity's live tree (feed/delivery/live-tree.ts): the outbox at its root, or a relay. It knows
 * who below it is listening: members at a leaf, branches elsewhere. Whoever is not listening any
 * more says so when told, and is dropped; nothing needs unsubscribing, and nothing is lost when the
 * node is evicted, for it is all stored.
 */
import pMap from "p-map";
import pRetry from "p-retry";
import pTimeout, { TimeoutError } from "p-timeout";
import type { Change } from "../../feed/timeline/entry.ts";
import type { UserId } from "../../feed/ids.ts";
import {
  AUDIENCE_CONCURRENCY,
  LIVE_CALL_ATTEMPTS,
  LIVE_CALL_TIMEOUT_MS,
  LIVE_LEAF_MAX_MEMBERS,
  LIVE_RECENT_MS,
  LIVE_RETRY_BASE_MS,
} from "../../feed/limits.ts";

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

/** Changes of an author, on their way to followers who are online. */
export interface LiveNews {
  author: UserId;
  changes: readonly Change[];
}

/** How a node reaches others. */
export interface LiveCalls {
  /** Tells a user's home timeline; false if it does not listen any more. */
  tellMember(user: UserId, news: readonly LiveNews[]): Promise<boolean>;
  /** Tells a node below; false if nobody is left there. */
  tellBranch(name: string, news: readonly LiveNews[]): Promise<boolean>;
  /** Asks the node above to tell this one from now on. @returns its recent changes */
  attach(name: string): Promise<Change[]>;
}

type Listener = { kind: "member" | "branch"; name: string; joined: number };

export class LiveNode {
  readonly #sql: SqlStorage;
  readonly #calls: LiveCalls;
  /** How often this node has been left alone; in memory, as the calls that span it are. */
  #emptied = 0;
  #spreading: Promise<void> | null = null;

  constructor(sql: SqlStorage, calls: LiveCalls) {
    this.#sql = sql;
    this.#calls = calls;
  }

  /**
   * Adds a follower who is online to this leaf, which has the nodes above tell it.
   * @returns what has changed lately, or "full" if the tree is too small for its author
   */
  async join(self: string, user: UserId, nowMs: number): Promise<Change[] | "full"> {
    if (!this.#listens("member", user) && this.#count() >= LIVE_LEAF_MAX_MEMBERS) return "full";
    this.#add("member", user);
    return this.#attached(self, nowMs);
  }

  /** Adds a node below this one. @returns what has changed lately */
  async adopt(self: string | null, branch: string, nowMs: number): Promise<Change[]> {
    this.#add("branch", branch);
    return self === null ? this.#recent(nowMs) : this.#attached(self, nowMs);
  }

  /** Keeps news until `spread` has told everyone, and for whoever joins soon after. */
  keep(news: LiveNews, nowMs: number): void {
    this.#sql.exec("DELETE FROM news WHERE told = 1 AND at_ms < ?", nowMs - LIVE_RECENT_MS);
    this.#sql.exec("INSERT INTO news (at_ms, body) VALUES (?, ?)", nowMs, JSON.stringify(news));
  }

  /** Whether anybody listens here. If nobody does, whoever joins next attaches the node anew. */
  get listening(): boolean {
    if (this.#count() > 0) return true;
    this.#sql.exec("DELETE FROM attached");
    this.#emptied++;
    return false;
  }

  /** Tells everyone below what is kept and has not been told; whoever asks meanwhile waits along. */
  spread(): Promise<void> {
    this.#spreading ??= this.#spreadAll().finally(() => {
      this.#spreading = null;
    });
    return this.#spreading;
  }

  async #spreadAll(): Promise<void> {
    while (await this.#spreadPending());
  }

  /** @returns whether there was anything to tell */
  async #spreadPending(): Promise<boolean> {
    const pending = this.#sql
      .exec<{ no: number; body: string }>("SELECT no, body FROM news WHERE told = 0 ORDER BY no")
      .toArray();
    const last = pending.at(-1);
    if (last === undefined) return false;
    const listeners = this.#sql
      .exec<Listener>("SELECT kind, name, joined FROM listeners")
      .toArray();
    const news = pending.map(({ body }) => parse(body));
    await pMap(listeners, (listener) => this.#tellOne(listener, news), {
      concurrency: AUDIENCE_CONCURRENCY,
    });
    this.#sql.exec("UPDATE news SET told = 1 WHERE told = 0 AND no <= ?", last.no);
    return true;
  }

  async #tellOne({ kind, name, joined }: Listener, news: readonly LiveNews[]): Promise<void> {
    const call = () =>
      kind === "member" ? this.#calls.tellMember(name, news) : this.#calls.tellBranch(name, news);
    try {
      const listens = await pRetry(() => pTimeout(call(), { milliseconds: LIVE_CALL_TIMEOUT_MS }), {
        retries: LIVE_CALL_ATTEMPTS - 1,
        minTimeout: LIVE_RETRY_BASE_MS,
        // One that hangs has kept the others waiting for long enough.
        shouldRetry: ({ error }) => !(error instanceof TimeoutError),
      });
      if (listens) return;
    } catch (error) {
      // It stays: the next post may reach it, and its page reads this one.
      console.warn("live news were not taken", { kind, name, error: String(error) });
      return;
    }
    // Who has joined again meanwhile stays.
    this.#sql.exec(
      "DELETE FROM listeners WHERE kind = ? AND name = ? AND joined = ?",
      kind,
      name,
      joined,
    );
  }

  /** Makes sure that the node above tells this one. */
  async #attached(self: string, nowMs: number): Promise<Change[]> {
    if (this.#sql.exec("SELECT 1 FROM attached").toArray().length > 0) return this.#recent(nowMs);
    const before = this.#emptied;
    const above = await this.#calls.attach(self);
    if (this.#emptied === before) {
      this.#sql.exec("INSERT INTO attached (id, attached) VALUES (0, 1) ON CONFLICT DO NOTHING");
    }
    return [...above, ...this.#recent(nowMs)];
  }

  #add(kind: Listener["kind"], name: string): void {
    this.#sql.exec(
      `INSERT INTO listeners (kind, name, joined) VALUES (?, ?, 1)
       ON CONFLICT (kind, name) DO UPDATE SET joined = joined + 1`,
      kind,
      name,
    );
  }

  #listens(kind: Listener["kind"], name: string): boolean {
    const found = this.#sql.exec("SELECT 1 FROM listeners WHERE kind = ? AND name = ?", kind, name);
    return found.toArray().length > 0;
  }

  #count(): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM listeners").one().n;
  }

  #recent(nowMs: number): Change[] {
    return this.#sql
      .exec<{ body: string }>(
        "SELECT body FROM news WHERE at_ms >= ? ORDER BY no",
        nowMs - LIVE_RECENT_MS,
      )
      .toArray()
      .flatMap(({ body }) => parse(body).changes);
  }
}

function parse(body: string): LiveNews {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `keep` wrote it
  return JSON.parse(body) as LiveNews;
}
