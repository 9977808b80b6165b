/**
 * The owner's share of the training log: the key under which the log names them, and how many bytes
 * they have added in each hour. The object is the one place that sees all their requests, so the bound
 * holds however many arrive at once.
 */
import { idOfBytes, type PostId } from "../../feed/ids.ts";
import type { PostTraits } from "../../feed/rank/engagement-history.ts";
import type { ReportEntry } from "../../feed/rank/engagement-ring.ts";
import { PAGE_EFFECT_MS, TRAINING_HOUR_MAX_BYTES, TRAINING_KEPT_HOURS } from "../../feed/limits.ts";
import type { LoggedReport, ViewerKey } from "../../feed/rank/training-log.ts";
import type { EngagementStore, FoldRequest } from "./engagement-store.ts";

/** One row an hour with a logged page; an hour overwrites that of thirty days before. */
export const LOG_SHARE_SQL = `
  CREATE TABLE log_hours (
    slot INTEGER PRIMARY KEY,
    hour INTEGER NOT NULL,
    bytes INTEGER NOT NULL
  );
  CREATE TABLE log_key (id INTEGER PRIMARY KEY CHECK (id = 0), key TEXT NOT NULL)`;

/** A page that may be logged. */
export interface Admission {
  key: ViewerKey;
  /** Whether it is the first one of its hour. */
  first: boolean;
}

/** Reports that the log lacks, of a viewer with a key. */
export interface ReportsToLog {
  key: ViewerKey;
  reports: LoggedReport[];
}

/** How a report was recorded. */
export interface RecordedReport {
  /** What the caller is to have folded; null if nothing. */
  fold: FoldRequest | null;
  toLog: ReportsToLog | null;
}

/** Folds entries into the history. @returns the reports among them that the log lacks */
export function foldEngagement(
  { engagement, logShare }: { engagement: EngagementStore; logShare: LogShare },
  to: number,
  traits: ReadonlyMap<PostId, PostTraits>,
): ReportsToLog | null {
  return logShare.takeReports(engagement.fold(to, traits));
}

/** A new key: 80 random bits. */
export function newViewerKey(): ViewerKey {
  return idOfBytes(crypto.getRandomValues(new Uint8Array(16)));
}

export class LogShare {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Takes room for a page. @returns null if the hour has none left */
  admitPage(atMs: number, bytes: number, newKey: () => ViewerKey): Admission | null {
    const hour = hourOf(atMs);
    const before = this.#bytesIn(hour);
    const taken = (before ?? 0) + bytes;
    if (taken > TRAINING_HOUR_MAX_BYTES) return null;
    this.#setBytes(hour, taken);
    return { key: this.key(newKey), first: before === null };
  }

  /** Takes room for those reports that a logged page explains, as far as their hours have any. */
  takeReports(entries: readonly ReportEntry[]): ReportsToLog | null {
    const key = this.#storedKey();
    if (key === null) return null;
    /** What hours with a logged page have taken; null for those without. */
    const taken = new Map<number, number | null>();
    const bytesIn = (hour: number) => {
      if (!taken.has(hour)) taken.set(hour, this.#bytesIn(hour));
      return taken.get(hour) ?? null;
    };
    const reports = entries.flatMap(({ atMs, items }) => {
      const own = hourOf(atMs);
      const hour = bytesIn(own) === null ? own - 1 : own;
      const before = bytesIn(hour);
      const report = { atMs, items: [...items] };
      const bytes = (before ?? 0) + JSON.stringify(report).length;
      if (before === null || bytes > TRAINING_HOUR_MAX_BYTES) return [];
      taken.set(hour, bytes);
      return [report];
    });
    // One row an hour, however many reports.
    for (const [hour, bytes] of taken) {
      if (bytes !== null && bytes !== this.#bytesIn(hour)) this.#setBytes(hour, bytes);
    }
    return reports.length === 0 ? null : { key, reports };
  }

  /** The owner's key, made on first use. */
  key(newKey: () => ViewerKey): ViewerKey {
    const known = this.#storedKey();
    if (known !== null) return known;
    const key = newKey();
    this.#sql.exec("INSERT INTO log_key (id, key) VALUES (0, ?)", key);
    return key;
  }

  /** Destroys the key: nothing leads from the log's lines to the owner any more. @returns the key */
  destroyKey(): ViewerKey | null {
    const key = this.#storedKey();
    this.#sql.exec("DELETE FROM log_key");
    this.#sql.exec("DELETE FROM log_hours");
    return key;
  }

  #storedKey(): ViewerKey | null {
    return this.#sql.exec<{ key: string }>("SELECT key FROM log_key").toArray()[0]?.key ?? null;
  }

  /** What an hour has taken; null if it has no page. */
  #bytesIn(hour: number): number | null {
    const [row] = this.#sql
      .exec<{ bytes: number }>(
        "SELECT bytes FROM log_hours WHERE hour = ? AND slot = ?",
        hour,
        slotOf(hour),
      )
      .toArray();
    return row?.bytes ?? null;
  }

  #setBytes(hour: number, bytes: number): void {
    this.#sql.exec(
      `INSERT INTO log_hours (slot, hour, bytes) VALUES (?, ?, ?)
       ON CONFLICT (slot) DO UPDATE SET hour = excluded.hour, bytes = excluded.bytes`,
      slotOf(hour),
      hour,
      bytes,
    );
  }
}

function hourOf(atMs: number): number {
  return Math.floor(atMs / PAGE_EFFECT_MS);
}

function slotOf(hour: number): number {
  return hour % TRAINING_KEPT_HOURS;
}
