/**
 * A piece of the store: the rows of one account, of a directory of handles, or of a part of a long list.
 * It has the tables of a D1 shard and runs batches of the same statements, each as one transaction. Its
 * alarm is the sweep of its own outbox: it sends the jobs again whose messages seem lost.
 */
import { DurableObject } from "cloudflare:workers";
import pMap from "p-map";
import { errorText } from "../../feed/error-text.ts";
import { jobSchema } from "../../feed/delivery/jobs.ts";
import { OUTBOX_RESEND_MS, STORE_CALLS_AT_ONCE, SWEEP_MAX_ROWS } from "../../feed/limits.ts";
import { queuesOf } from "../job-queues.ts";
import { migrate } from "../storage/migrate.ts";
import type {
  BatchResult,
  Forwarded,
  ForwardedResult,
  SqlValue,
  Statement,
  StatementResult,
} from "./protocol.ts";
import { MIGRATIONS } from "./schema.ts";

/** SQLite's message for an insert whose key another row has. */
const CONSTRAINT = /constraint failed/i;
const READS = /^\s*(SELECT|WITH)\b/i;

export class StoreObject extends DurableObject<Env> {
  /** Whether this object has tables. One that was only read has none, and costs no storage. */
  #hasTables: boolean;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#hasTables = hasTables(ctx.storage);
    if (this.#hasTables) migrate(ctx.storage, MIGRATIONS);
  }

  /** Runs statements as one transaction. */
  async run(batch: readonly Statement[]): Promise<BatchResult> {
    const writes = batch.some(({ sql }) => !READS.test(sql));
    if (!this.#hasTables) {
      if (!writes) return { results: batch.map(() => ({ columns: [], rows: [], changes: 0 })) };
      migrate(this.ctx.storage, MIGRATIONS);
      this.#hasTables = true;
    }
    try {
      const { storage } = this.ctx;
      const results = storage.transactionSync(() => batch.map((one) => execute(storage.sql, one)));
      if (writes) await this.#planSweep();
      return { results };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (CONSTRAINT.test(message)) return { taken: message };
      throw error;
    }
  }

  /** Runs batches in other objects, for a caller that may not make so many calls itself. */
  forward(calls: readonly Forwarded[]): Promise<ForwardedResult[]> {
    return pMap(
      calls,
      async ({ name, batch }): Promise<ForwardedResult> => {
        try {
          return await this.env.STORE_OBJECT.getByName(name).run(batch);
        } catch (error) {
          return { failed: errorText(error) };
        }
      },
      { concurrency: STORE_CALLS_AT_ONCE },
    );
  }

  override async alarm(): Promise<void> {
    const nowMs = Date.now();
    const { sql } = this.ctx.storage;
    const due = sql
      .exec<{ id: string; part: number; job: string }>(
        "SELECT id, part, job FROM outbox WHERE due_ms <= ? ORDER BY id LIMIT ?",
        nowMs,
        SWEEP_MAX_ROWS,
      )
      .toArray();
    // A newer version of the code has written the others, and will read them.
    const jobs = due.flatMap((row) => {
      const job = jobSchema.safeParse(JSON.parse(row.job));
      return job.success ? [job.data] : [];
    });
    for (const { id, part } of due) {
      const again = nowMs + OUTBOX_RESEND_MS;
      sql.exec("UPDATE outbox SET due_ms = ? WHERE id = ? AND part = ?", again, id, part);
    }
    await queuesOf(this.env).sendSwept(jobs);
    await this.#planSweep();
  }

  /** Sets the alarm to when the first job is due, unless one is set: a job that is done has no row then. */
  async #planSweep(): Promise<void> {
    const { storage } = this.ctx;
    if ((await storage.getAlarm()) !== null) return;
    const [row] = storage.sql
      .exec<{ due: number | null }>("SELECT min(due_ms) AS due FROM outbox")
      .toArray();
    if (row?.due !== null && row?.due !== undefined) await storage.setAlarm(row.due);
  }
}

function hasTables(storage: DurableObjectStorage): boolean {
  const found = storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'migrations'").toArray();
  return found.length > 0;
}

function execute(sql: SqlStorage, { sql: text, parameters }: Statement): StatementResult {
  const cursor = sql.exec(text, ...parameters);
  const columns = cursor.columnNames;
  const rows = [...cursor.raw()].map((row) => row.map(valueOf));
  if (READS.test(text)) return { columns, rows, changes: 0 };
  const { changes } = sql.exec<{ changes: number }>("SELECT changes() AS changes").one();
  return { columns, rows, changes };
}

/** No table has a column of bytes. */
function valueOf(value: SqlStorageValue): SqlValue {
  if (value instanceof ArrayBuffer) throw new TypeError("a column of bytes");
  return value;
}
