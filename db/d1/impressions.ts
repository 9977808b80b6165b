/** What viewers have seen, in D1. */
import { asc, gt } from "drizzle-orm";
import { z } from "zod";
import { impressionSchema } from "../../feed/jobs.ts";
import type { ImpressionStore } from "../store.ts";
import { impressions } from "./schema.ts";
import type { Shards } from "./shards.ts";

const itemsSchema = z.array(impressionSchema);

export function d1Impressions(shards: Shards): ImpressionStore {
  return {
    async keepImpressions(id, viewer, items) {
      await shards.at(id, (shard) =>
        shard
          .insert(impressions)
          .values({ id, viewer, items: JSON.stringify(items) })
          .onConflictDoNothing(),
      );
    },

    async impressions(after, limit) {
      const rows = await shards.inAll((shard) =>
        shard
          .select()
          .from(impressions)
          .where(after === null ? undefined : gt(impressions.id, after))
          .orderBy(asc(impressions.id))
          .limit(limit),
      );
      return rows
        .flat()
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit)
        .map((row) => ({ ...row, items: itemsSchema.parse(JSON.parse(row.items)) }));
    },
  };
}
