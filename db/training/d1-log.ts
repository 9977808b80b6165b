/** The training log in a D1 database of its own. */
import { sql } from "drizzle-orm";
import { z } from "zod";
import { type Id, idFloor, idPeriod, idTimeMs } from "../../feed/ids.ts";
import { type LoggedReport, loggedReportSchema } from "../../feed/rank/training-log.ts";
import { type Shard, Shards } from "../d1/shards.ts";
import type { ServedPage, TrainingLog } from "../store.ts";

const reportsSchema = z.array(loggedReportSchema);

/** @param nowMs the clock, in milliseconds since 1970 */
export function d1TrainingLog(binding: D1Database, nowMs: () => number): TrainingLog {
  const shards = new Shards([binding]);
  const inLog = <T>(work: (log: Shard) => Promise<T>): Promise<T> => shards.inShard(0, work);
  return {
    async nameViewer(key, viewer) {
      await inLog((log) =>
        log.run(sql`INSERT INTO viewers (key, viewer, period) VALUES (${key}, ${viewer}, ${periodOf(nowMs())})
          ON CONFLICT (key) DO UPDATE SET period = excluded.period`),
      );
    },

    async viewersOf(keys) {
      const rows = await inLog((log) =>
        log.all<{ key: string; viewer: string }>(
          sql`SELECT key, viewer FROM viewers
            WHERE key IN (SELECT value FROM json_each(${JSON.stringify(keys)}))`,
        ),
      );
      return new Map(rows.map(({ key, viewer }) => [key, viewer]));
    },

    async forgetViewer(key) {
      await inLog((log) => log.run(sql`DELETE FROM viewers WHERE key = ${key}`));
    },

    async storePage({ id, viewer, line }) {
      await inLog((log) =>
        log.run(sql`INSERT INTO pages (period, viewer, id, line)
          VALUES (${idPeriod(id)}, ${viewer}, ${id}, ${line}) ON CONFLICT DO NOTHING`),
      );
    },

    async storeReports(id, viewer, reports) {
      const text = JSON.stringify(reports);
      await inLog((log) =>
        log.run(sql`INSERT INTO reports (viewer, id, period, reports)
          VALUES (${viewer}, ${id}, ${idPeriod(id)}, ${text}) ON CONFLICT DO NOTHING`),
      );
    },

    pages: (after, before, limit) => inLog((log) => pages(log, after, before, limit)),

    async reportsOf(viewer, fromMs, toMs) {
      const rows = await inLog((log) =>
        log.all<{ id: string; reports: string }>(
          sql`SELECT id, reports FROM reports WHERE viewer = ${viewer}`,
        ),
      );
      return (
        rows
          // Reports are stored together after all of them have arrived.
          .filter(({ id }) => idTimeMs(id) >= fromMs)
          .flatMap(({ reports }): LoggedReport[] => reportsSchema.parse(JSON.parse(reports)))
          .filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
      );
    },

    async deleteBefore(before, limit) {
      const old = sql`WHERE period < ${idPeriod(before)} LIMIT ${limit}`;
      const batch = [
        sql`DELETE FROM pages WHERE (period, viewer, id) IN (SELECT period, viewer, id FROM pages ${old})`,
        sql`DELETE FROM reports WHERE (viewer, id) IN (SELECT viewer, id FROM reports ${old})`,
        sql`DELETE FROM viewers WHERE key IN (SELECT key FROM viewers ${old})`,
      ];
      for (const statement of batch) await inLog((log) => log.run(statement));
    },
  };
}

function periodOf(ms: number): string {
  return idPeriod(idFloor(ms));
}

function pages(
  log: Shard,
  after: Pick<ServedPage, "id" | "viewer"> | null,
  before: Id,
  limit: number,
): Promise<ServedPage[]> {
  const [period, viewer, id] =
    after === null ? ["", "", ""] : [idPeriod(after.id), after.viewer, after.id];
  return log.all<ServedPage>(
    sql`SELECT id, viewer, line FROM pages
      WHERE (period, viewer, id) > (${period}, ${viewer}, ${id})
        AND period <= ${idPeriod(before)} AND id < ${before}
      ORDER BY period, viewer, id LIMIT ${limit}`,
  );
}
