/** The outbox and the dead letters in D1. */
import { and, asc, count, gt, lte, type SQL, sql } from "drizzle-orm";
import { batchesOf, bytesInJson } from "../../feed/delivery/batches.ts";
import { idTimeMs } from "../../feed/ids.ts";
import { type Job, storedJobs } from "../../feed/delivery/jobs.ts";
import { OUTBOX_DUE_MS } from "../../feed/limits.ts";
import type { DeadLetterStore, DueJobStore, OutboxStore } from "../store.ts";
import { inJson, isHere, LARGE_ROWS, valuesFromJson } from "./json.ts";
import { deadLetters, outbox } from "./schema.ts";
import type { NumberedShards, OwnerShards, Shard } from "./shards.ts";

/** The statement that adds jobs to a batch. @param only adds them only if this condition holds */
export function insertJobs(shard: Shard, jobs: readonly Job[], only: SQL = sql`true`) {
  const rows = jobs.map((job) => [
    job.id,
    job.part,
    JSON.stringify(job),
    idTimeMs(job.id) + OUTBOX_DUE_MS,
  ]);
  return shard.insert(outbox).select(
    sql`SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3
      FROM json_each(${JSON.stringify(rows)}) WHERE ${only}`,
  );
}

/** Whether a job is in the outbox; after a batch that adds it on a condition, whether that held. */
export function isWaiting({ id, part }: Job): SQL<number> {
  return sql<number>`EXISTS (SELECT 1 FROM outbox AS o WHERE o.id = ${id} AND o.part = ${part})`;
}

/** The rows of jobs, each with the owner of the job's id. */
export function ownedOutbox(shards: OwnerShards): Pick<OutboxStore, "put" | "done"> {
  return {
    async put(jobs, dueMs) {
      await shards.byShard(
        jobs,
        (job) => job.id,
        async (shard, group) => {
          const all = group.map((job) => [job.id, job.part, JSON.stringify(job)] as const);
          for (const some of batchesOf(all, LARGE_ROWS, ([, , job]) => bytesInJson(job))) {
            const rows = JSON.stringify(some);
            await shard.run(sql`
              INSERT INTO outbox (id, part, job, due_ms)
              SELECT value ->> 0, value ->> 1, value ->> 2, ${dueMs} FROM json_each(${rows}) WHERE true
              ON CONFLICT (id, part) DO UPDATE SET job = excluded.job, due_ms = excluded.due_ms`);
          }
        },
      );
    },

    async done(keys) {
      await shards.byShard(
        keys,
        (key) => key.id,
        (shard, group) => {
          const list = JSON.stringify(group.map((key) => [key.id, key.part]));
          return shard.run(sql`
            DELETE FROM outbox
            WHERE (id, part) IN (SELECT value ->> 0, value ->> 1 FROM json_each(${list}))`);
        },
      );
    },
  };
}

export function d1DueJobs(shards: NumberedShards): DueJobStore {
  return {
    async takeDue(index, nowMs, restMs, limit) {
      const rows = await shards.inShard(index, async (shard) => {
        const due = await shard
          .select()
          .from(outbox)
          .where(and(lte(outbox.dueMs, nowMs), isHere(outbox.id)))
          .orderBy(asc(outbox.id))
          .limit(limit);
        if (due.length === 0) return [];
        const keys = JSON.stringify(due.map((row) => [row.id, row.part]));
        await shard.run(sql`
          UPDATE outbox SET due_ms = ${nowMs + restMs}
          WHERE (id, part) IN (SELECT value ->> 0, value ->> 1 FROM json_each(${keys}))`);
        return due;
      });
      return storedJobs(rows.map((row) => row.job));
    },

    async waiting(index) {
      const [row] = await shards.inShard(index, (shard) =>
        shard.select({ n: count() }).from(outbox).where(isHere(outbox.id)),
      );
      return row?.n ?? 0;
    },
  };
}

/** @param here a condition for letters that the shard holds */
export function d1DeadLetters(
  shards: NumberedShards,
  here: SQL = isHere(deadLetters.id),
): DeadLetterStore {
  return {
    async keep(letters) {
      await shards.byShard(
        letters,
        (letter) => letter.id,
        async (shard, group) => {
          const all = group.map(
            ({ id, reason, body }) => [id, reason, JSON.stringify(body)] as const,
          );
          for (const some of batchesOf(all, LARGE_ROWS, ([, , body]) => bytesInJson(body))) {
            await shard.run(sql`
              INSERT INTO dead_letters (id, reason, body)
              ${valuesFromJson(some, 3)} WHERE true
              ON CONFLICT DO NOTHING`);
          }
        },
      );
    },

    async list(index, after, limit) {
      const rows = await shards.inShard(index, (shard) =>
        shard
          .select()
          .from(deadLetters)
          .where(and(here, after === null ? undefined : gt(deadLetters.id, after)))
          .orderBy(asc(deadLetters.id))
          .limit(limit),
      );
      return rows.map((row) => ({
        id: row.id,
        reason: row.reason,
        body: JSON.parse(row.body) as unknown,
      }));
    },

    async count(index) {
      const [row] = await shards.inShard(index, (shard) =>
        shard.select({ n: count() }).from(deadLetters).where(here),
      );
      return row?.n ?? 0;
    },

    async remove(ids) {
      await shards.byShard(
        ids,
        (id) => id,
        (shard, group) => shard.delete(deadLetters).where(inJson(deadLetters.id, group)),
      );
    },
  };
}
