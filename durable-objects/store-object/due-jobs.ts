/** The due jobs of an account's outbox, which its object sends again by itself. */
import { type Job, storedJobs } from "../../feed/delivery/jobs.ts";
import { OUTBOX_RESEND_MS, SWEEP_MAX_ROWS } from "../../feed/limits.ts";

/** Takes jobs whose messages seem lost, oldest first; each is due again after `restMs`. */
export function takeDue(
  sql: SqlStorage,
  nowMs: number,
  restMs = OUTBOX_RESEND_MS,
  limit = SWEEP_MAX_ROWS,
): Job[] {
  const due = sql
    .exec<{ id: string; part: number; job: string }>(
      "SELECT id, part, job FROM outbox WHERE due_ms <= ? ORDER BY id LIMIT ?",
      nowMs,
      limit,
    )
    .toArray();
  for (const { id, part } of due) {
    const again = nowMs + restMs;
    sql.exec("UPDATE outbox SET due_ms = ? WHERE id = ? AND part = ?", again, id, part);
  }
  return storedJobs(due.map((row) => row.job));
}
