/**
 * A piece of the store: the rows of one account, a directory of handles, or a segment of a long list. It has the
 * tables of a D1 shard and runs batches of the same statements, each as one transaction. Its alarm splits lists, sends
 * the counts of segments to the owners of their lists, and sweeps the outbox.
 */
import { DurableObject } from "cloudflare:workers";
import pMap from "p-map";
import { errorText } from "../../feed/error-text.ts";
import {
  OUTBOX_RESEND_MS,
  STORE_CALLS_AT_ONCE,
  STORE_COUNTS_EVERY_MS,
  STORE_RETRY_MS,
} from "../../feed/limits.ts";
import { queuesOf } from "../job-queues.ts";
import { migrate } from "../storage/migrate.ts";
import { segmentObject, type Share, splitBits, sumCounts, WHOLE } from "./lists.ts";
import { ListLoads } from "./list-loads.ts";
import { execute, isRead } from "./execute.ts";
import type { Batch, BatchResult, Forwarded, ForwardedResult, Refusal } from "./protocol.ts";
import { takeDue } from "./due-jobs.ts";
import { MIGRATIONS } from "./schema.ts";
import {
  copyOut,
  countIn,
  dropRows,
  openSegment,
  type OtherObjects,
  segmentIn,
} from "./splitting.ts";

/** SQLite's message for an insert whose key another row has. */
const CONSTRAINT = /constraint failed/i;
/** A condition: the segment has not been split, for then its own segments count its members. */
const COUNTS_ITSELF = "NOT EXISTS (SELECT 1 FROM splits WHERE splits.list = segments.list)";

export class StoreObject extends DurableObject<Env> {
  /** Whether this object has tables. One that was only read has none, and costs no storage. */
  #hasTables: boolean;
  readonly #loads: ListLoads;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#loads = new ListLoads(Number(env.STORE_SEGMENT_ROWS));
    this.#hasTables = hasTables(ctx.storage);
    if (this.#hasTables) migrate(ctx.storage, MIGRATIONS);
  }

  /** Runs statements as one transaction, if this object has the lists that they need. */
  async run({ statements, lists }: Batch): Promise<BatchResult> {
    const writes = !statements.every(isRead);
    if (!this.#hasTables && !writes) {
      const closed = lists.filter((list) => !this.#isRootOf(list));
      if (closed.length > 0) return { refused: closed.map((list) => ({ list, why: "closed" })) };
      return { results: statements.map(() => ({ columns: [], rows: [], changes: 0 })) };
    }
    this.#makeTables();
    const refused = lists.flatMap((list) => this.#refusal(list, writes) ?? []);
    if (refused.length > 0) return { refused };
    const { storage } = this.ctx;
    try {
      const results = storage.transactionSync(() =>
        statements.map((statement) => execute(storage.sql, statement)),
      );
      if (writes) await this.#plan(lists);
      return { results };
    } catch (error) {
      const message = errorText(error);
      if (CONSTRAINT.test(message)) return { taken: message };
      throw error;
    }
  }

  /** Runs batches in other objects, for a caller that may not make so many calls itself. */
  forward(calls: readonly Forwarded[]): Promise<ForwardedResult[]> {
    return pMap(
      calls,
      async ({ name, statements, lists }): Promise<ForwardedResult> => {
        try {
          return await this.env.STORE_OBJECT.getByName(name).run({ statements, lists });
        } catch (error) {
          return { failed: errorText(error) };
        }
      },
      { concurrency: STORE_CALLS_AT_ONCE },
    );
  }

  /** Makes this object a segment of a list whose rows it has got. @returns how many members it counts */
  open(list: string, share: Share): number {
    this.#makeTables();
    return openSegment(this.ctx.storage, list, share);
  }

  override async alarm(): Promise<void> {
    const { sql } = this.ctx.storage;
    const splits = sql
      .exec<{ list: string; bits: number; done: number }>(
        "SELECT list, bits, done FROM splits WHERE done < 2",
      )
      .toArray();
    for (const { list, bits, done } of splits) {
      if (done === 0) await copyOut(sql, { list, share: this.#shareOf(list), bits }, this.#others);
      sql.exec("UPDATE splits SET done = 1 WHERE list = ?", list);
      if (dropRows(sql, list)) sql.exec("UPDATE splits SET done = 2 WHERE list = ?", list);
    }
    await this.#sendCounts();
    await this.sweep(Date.now());
    await this.#plan([]);
  }

  #makeTables(): void {
    if (this.#hasTables) return;
    migrate(this.ctx.storage, MIGRATIONS);
    this.#hasTables = true;
  }

  #isRootOf(list: string): boolean {
    return this.ctx.id.name === segmentObject(list, WHOLE);
  }

  /** Why statements about a list can't run here; null if they can. */
  #refusal(list: string, writes: boolean): Refusal | null {
    const { sql } = this.ctx.storage;
    const [split] = sql
      .exec<{ bits: number; done: number }>("SELECT bits, done FROM splits WHERE list = ?", list)
      .toArray();
    if (split !== undefined && split.done > 0) return { list, why: split.bits };
    if (split !== undefined && writes) return { list, why: "busy" };
    if (this.#isRootOf(list) || segmentIn(sql, list) !== null) return null;
    return { list, why: "closed" };
  }

  #shareOf(list: string): Share {
    return segmentIn(this.ctx.storage.sql, list) ?? WHOLE;
  }

  /** Sends the counts of this object's segments that have changed to the owners of their lists. */
  async #sendCounts(): Promise<void> {
    const { sql } = this.ctx.storage;
    const segments = sql
      .exec<{ list: string; sent: number; version: number }>(
        `SELECT list, sent, version FROM segments WHERE ${COUNTS_ITSELF}`,
      )
      .toArray();
    for (const { list, sent, version: before } of segments) {
      const n = countIn(sql, list);
      if (n === null || n === sent) continue;
      const version = before + 1;
      // The version is stored first: a count that arrives late never replaces a newer one.
      sql.exec("UPDATE segments SET version = ? WHERE list = ?", version, list);
      const segment = segmentObject(list, this.#shareOf(list));
      const sum = sumCounts(list, [{ segment, n, version }], null);
      await this.#others.write(segmentObject(list, WHOLE), sum);
      sql.exec("UPDATE segments SET sent = ? WHERE list = ?", n, list);
    }
  }

  /** Sends the jobs again whose messages seem lost at a time. */
  async sweep(nowMs: number): Promise<void> {
    const jobs = takeDue(this.ctx.storage.sql, nowMs);
    if (jobs.length > 0) await queuesOf(this.env).sendSwept(jobs);
  }

  /** Begins the splits that are due, and sets the alarm to the next thing that is due. */
  async #plan(lists: readonly string[]): Promise<void> {
    const { storage } = this.ctx;
    const nowMs = Date.now();
    for (const list of lists) {
      const bits = splitBits(this.#shareOf(list));
      if (bits === null || !this.#loads.isFull(storage.sql, list, nowMs)) continue;
      storage.sql.exec(
        "INSERT OR IGNORE INTO splits (list, bits, done) VALUES (?, ?, 0)",
        list,
        bits,
      );
    }
    const set = await storage.getAlarm();
    // A job that was put off may be due weeks from now, long after new ones.
    const isSoon = set !== null && set <= nowMs + OUTBOX_RESEND_MS;
    const next = this.#nextAlarm(nowMs, isSoon);
    if (next !== null && (set === null || next < set)) await storage.setAlarm(next);
  }

  /** When the alarm has to ring. While one is set soon the outbox is not looked at: new jobs are due later. */
  #nextAlarm(nowMs: number, isSoon: boolean): number | null {
    const { sql } = this.ctx.storage;
    const splits = sql.exec("SELECT 1 FROM splits WHERE done < 2 LIMIT 1").toArray().length > 0;
    if (splits) return nowMs + STORE_RETRY_MS;
    const segments = sql.exec<{ list: string; sent: number }>(
      `SELECT list, sent FROM segments WHERE ${COUNTS_ITSELF}`,
    );
    for (const { list, sent } of segments) {
      if ((countIn(sql, list) ?? sent) !== sent) return nowMs + STORE_COUNTS_EVERY_MS;
    }
    if (isSoon) return null;
    return sql.exec<{ due: number | null }>("SELECT min(due_ms) AS due FROM outbox").one().due;
  }

  readonly #others: OtherObjects = {
    write: async (name, statements) => {
      const answer = await this.env.STORE_OBJECT.getByName(name).run({ statements, lists: [] });
      if (!("results" in answer)) throw new Error(`${name} did not take rows`);
    },
    open: async (name, list, share) =>
      await this.env.STORE_OBJECT.getByName(name).open(list, share),
  };
}

/** Whether an object has been written to. */
export function hasTables(storage: DurableObjectStorage): boolean {
  const found = storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'migrations'").toArray();
  return found.length > 0;
}
