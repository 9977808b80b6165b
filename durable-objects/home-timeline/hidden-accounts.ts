/**
 * Accounts that were hidden a short while ago: a delivery that was under way then must not bring their posts back. The
 * store does not have them when a timeline is rebuilt, so a rebuild starts without this list.
 */
import type { UserId } from "../../feed/ids.ts";
import { TOMBSTONE_TTL_MS } from "../../feed/limits.ts";

/** The table. A row goes when no delivery from before it can be under way any more. */
export const HIDDEN_ACCOUNTS_SQL = `CREATE TABLE hidden_accounts (
  account TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  hidden INTEGER NOT NULL
) WITHOUT ROWID`;

export class HiddenAccounts {
  readonly #sql: SqlStorage;
  #rows: Map<UserId, { version: number; hidden: boolean }> | null = null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Whether one of these accounts is hidden. Every delivery asks; hardly any timeline has a row. */
  hasAny(...accounts: UserId[]): boolean {
    const rows = this.#load();
    return rows.size > 0 && accounts.some((account) => rows.get(account)?.hidden === true);
  }

  /** Notes whether an account is hidden. @returns false if a newer state is known */
  set(account: UserId, state: { version: number; hidden: boolean }, nowMs: number): boolean {
    const rows = this.#load();
    if ((rows.get(account)?.version ?? -1) >= state.version) return false;
    const beforeMs = nowMs - TOMBSTONE_TTL_MS;
    for (const [other, { version }] of rows) if (version < beforeMs) rows.delete(other);
    this.#sql.exec("DELETE FROM hidden_accounts WHERE version < ?", beforeMs);
    rows.set(account, state);
    this.#sql.exec(
      `INSERT INTO hidden_accounts (account, version, hidden) VALUES (?, ?, ?)
       ON CONFLICT (account) DO UPDATE SET version = excluded.version, hidden = excluded.hidden`,
      account,
      state.version,
      state.hidden ? 1 : 0,
    );
    return true;
  }

  /** Forgets all of them. */
  clear(): void {
    if (this.#load().size === 0) return;
    this.#sql.exec("DELETE FROM hidden_accounts");
    this.#rows = new Map();
  }

  #load() {
    this.#rows ??= new Map(
      this.#sql
        .exec<{ account: string; version: number; hidden: number }>(
          "SELECT account, version, hidden FROM hidden_accounts",
        )
        .toArray()
        .map(({ account, version, hidden }) => [account, { version, hidden: hidden === 1 }]),
    );
    return this.#rows;
  }
}
