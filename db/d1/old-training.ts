/** Training data that an earlier version kept in the shards. */
import { and, asc, eq, gte, lt, lte, sql } from "drizzle-orm";
import { z } from "zod";
import { idPeriod } from "../../feed/ids.ts";
import { impressionSchema } from "../../feed/delivery/jobs.ts";
import type { OldTraining } from "../store.ts";
import { impressions, servedPages } from "./schema.ts";
import { Shards } from "./shards.ts";

const itemsSchema = z.array(impressionSchema);

/** The old training data in D1 bindings, in order of shard. */
export function d1OldTraining(bindings: readonly D1Database[]): OldTraining {
  const shards = new Shards(bindings);
  return {
    shards: shards.count,

    pages: (index, limit) =>
      shards.inShard(index, (shard) => {
        const { period, viewer, id, line } = servedPages;
        return shard
          .select({ id, viewer, line })
          .from(servedPages)
          .orderBy(asc(period), asc(viewer), asc(id))
          .limit(limit);
      }),

    async reportsOf(index, viewer, from, to) {
      const rows = await shards.inShard(index, (shard) =>
        shard
          .select()
          .from(impressions)
          .where(
            and(
              gte(impressions.period, idPeriod(from)),
              lte(impressions.period, idPeriod(to)),
              eq(impressions.viewer, viewer),
              gte(impressions.id, from),
              lt(impressions.id, to),
            ),
          )
          .orderBy(asc(impressions.id)),
      );
      return rows.map(({ id, items }) => ({ id, items: itemsSchema.parse(JSON.parse(items)) }));
    },

    async deletePages(index, pages) {
      const keys = JSON.stringify(pages.map(({ id, viewer }) => [idPeriod(id), viewer, id]));
      const listed = sql`(SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(${keys}))`;
      await shards.inShard(index, (shard) =>
        shard.delete(servedPages).where(sql`(period, viewer, id) IN ${listed}`),
      );
    },

    deleteBefore: (index, before, limit) =>
      shards.inShard(index, async (shard) => {
        for (const table of [impressions, servedPages]) {
          const old = sql`(SELECT period, viewer, id FROM ${table}
            WHERE period < ${idPeriod(before)} LIMIT ${limit})`;
          await shard.delete(table).where(sql`(period, viewer, id) IN ${old}`);
        }
      }),
  };
}
