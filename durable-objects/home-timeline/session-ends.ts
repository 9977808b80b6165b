/** The owner's sessions that have ended, for as long as their tokens may live, and the tickets that were used. */
import type { Id, UserId } from "../../feed/ids.ts";
import { SESSION_ENDED_KEPT_MS, TICKET_TTL_S } from "../../feed/limits-sessions.ts";
import { type EndedSession, hasEnded, oldestSession, type TokenMark } from "../../feed/sessions.ts";

/** The tables. */
export const SESSION_ENDS_SQL = `
  CREATE TABLE ended_sessions (
    session TEXT PRIMARY KEY,
    ended_ms INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE used_tickets (
    id TEXT PRIMARY KEY,
    used_ms INTEGER NOT NULL
  ) WITHOUT ROWID`;

export class SessionEnds {
  readonly #sql: SqlStorage;
  readonly #owner: UserId;
  /** In memory, because every page has them. */
  #ended: EndedSession[] | null = null;

  constructor(sql: SqlStorage, owner: UserId) {
    this.#sql = sql;
    this.#owner = owner;
  }

  /** The sessions that have ended and whose tokens may live; and the oldest one, whenever that was. */
  recent(nowMs: number): EndedSession[] {
    this.#ended ??= this.#sql
      .exec<{ session: Id; ended_ms: number }>("SELECT session, ended_ms FROM ended_sessions")
      .toArray()
      .map(({ session, ended_ms: endedMs }) => ({ session, endedMs }));
    const oldest = oldestSession(this.#owner);
    return this.#ended.filter(
      ({ session, endedMs }) => session === oldest || nowMs - endedMs < SESSION_ENDED_KEPT_MS,
    );
  }

  /** Whether the session of a token has ended. */
  concern(token: TokenMark, nowMs: number): boolean {
    return hasEnded(this.#owner, token, this.recent(nowMs));
  }

  /** Notes ended sessions, and forgets those of long ago. */
  add(ended: readonly EndedSession[], nowMs: number): void {
    const known = new Map(this.recent(nowMs).map(({ session, endedMs }) => [session, endedMs]));
    const fresh = ended.filter(({ session, endedMs }) => (known.get(session) ?? -1) < endedMs);
    if (fresh.length === 0) return;
    this.#ended = null;
    this.#sql.exec(
      "DELETE FROM ended_sessions WHERE ended_ms < ? AND session <> ?",
      nowMs - SESSION_ENDED_KEPT_MS,
      oldestSession(this.#owner),
    );
    this.#sql.exec(
      `INSERT INTO ended_sessions (session, ended_ms)
       SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE true
       ON CONFLICT (session) DO UPDATE SET ended_ms = max(ended_ms, excluded.ended_ms)`,
      JSON.stringify(fresh.map(({ session, endedMs }) => [session, endedMs])),
    );
  }

  /** Uses a ticket up. @returns false if it was used before */
  useTicket(id: string, nowMs: number): boolean {
    this.#sql.exec("DELETE FROM used_tickets WHERE used_ms < ?", nowMs - 2 * TICKET_TTL_S * 1000);
    const used = this.#sql
      .exec(
        "INSERT INTO used_tickets (id, used_ms) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING id",
        id,
        nowMs,
      )
      .toArray();
    return used.length > 0;
  }
}
