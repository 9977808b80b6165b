/** Training data in D1. */
import { and, asc, eq, gt, gte, lt, lte, or, sql } from "drizzle-orm";
import { z } from "zod";
import { type Id, idPeriod } from "../../feed/ids.ts";
import { impressionSchema } from "../../feed/delivery/jobs.ts";
import { IdTaken, type ServedPage, type StoredPage, type TrainingStore } from "../store.ts";
import { impressions, servedPages } from "./schema.ts";
import { type Shard, Shards } from "./shards.ts";

const itemsSchema = z.array(impressionSchema);

/** The training log over D1 bindings, in order of shard. */
export function d1Training(bindings: readonly D1Database[]): TrainingStore {
  const shards = new Shards(bindings);
  return {
    shards: shards.count,

    async storeImpressions(id, viewer, items) {
      const row = { period: idPeriod(id), viewer, id, items: JSON.stringify(items) };
      const [, rows] = await shards.at(viewer, (shard) =>
        shard.batch([
          shard.insert(impressions).values(row).onConflictDoNothing(),
          shard.select({ is: impressions.items }).from(impressions).where(isKey(impressions, row)),
        ]),
      );
      refuseOther(id, row.items, rows);
    },

    async impressionsOf(viewer, from, to, alsoIn) {
      const read = (shard: Shard) =>
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
          );
      const all = new Set([shards.indexOf(viewer), alsoIn ?? shards.indexOf(viewer)]);
      const parts = await Promise.all([...all].map((index) => shards.inShard(index, read)));
      const rows = parts.flat().sort((a, b) => (a.id < b.id ? -1 : 1));
      return rows.map(({ id, items }) => ({ id, items: itemsSchema.parse(JSON.parse(items)) }));
    },

    async storePage({ id, viewer, line }) {
      const row = { period: idPeriod(id), viewer, id, line };
      const [, rows] = await shards.at(viewer, (shard) =>
        shard.batch([
          shard.insert(servedPages).values(row).onConflictDoNothing(),
          shard.select({ is: servedPages.line }).from(servedPages).where(isKey(servedPages, row)),
        ]),
      );
      refuseOther(id, line, rows);
    },

    pages: (after, before, limit) => pages(shards, after, before, limit),

    deleteBefore: (index, before, limit) =>
      shards.inShard(index, async (shard) => {
        const rows = [];
        for (const table of [impressions, servedPages]) {
          const old = sql`(SELECT period, viewer, id FROM ${table}
            WHERE period < ${idPeriod(before)} LIMIT ${limit})`;
          const isOld = sql`(period, viewer, id) IN ${old}`;
          rows.push(...(await shard.delete(table).where(isOld).returning({ id: table.id })));
        }
        return rows.length;
      }),
  };
}

type Table = typeof impressions | typeof servedPages;

function isKey(table: Table, { period, viewer, id }: { period: string; viewer: string; id: Id }) {
  return and(eq(table.period, period), eq(table.viewer, viewer), eq(table.id, id));
}

/** Checks that a row has what was to be stored. @throws IdTaken */
function refuseOther(id: Id, wanted: string, [row]: readonly { is: string }[]): void {
  if (row?.is !== wanted) throw new IdTaken(`the id ${id} has another row of training data`);
}

/** Pages of all shards, in order of their keys. */
async function pages(
  shards: Shards,
  after: Pick<ServedPage, "id" | "viewer"> | null,
  before: Id,
  limit: number,
): Promise<StoredPage[]> {
  const { period, viewer, id } = servedPages;
  const key = [period, viewer, id] as const;
  const from = after === null ? null : ([idPeriod(after.id), after.viewer, after.id] as const);
  const beyond = from === null ? undefined : isBeyond(key, from);
  const rows = await shards.inAll(async (shard, index) => {
    const found = await shard
      .select()
      .from(servedPages)
      .where(and(lte(period, idPeriod(before)), lt(id, before), beyond))
      .orderBy(...key.map((column) => asc(column)))
      .limit(limit);
    return found.map((page) => ({ ...page, shard: index }));
  });
  const keyOf = (page: typeof servedPages.$inferSelect) => page.period + page.viewer + page.id;
  return rows
    .flat()
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    .slice(0, limit)
    .map((page) => ({ id: page.id, viewer: page.viewer, line: page.line, shard: page.shard }));
}

type Key = readonly [typeof servedPages.period, typeof servedPages.viewer, typeof servedPages.id];

/** A condition: the row comes after the one with these values. */
function isBeyond([period, viewer, id]: Key, [p, v, i]: readonly [string, string, string]) {
  return or(
    gt(period, p),
    and(eq(period, p), gt(viewer, v)),
    and(eq(period, p), eq(viewer, v), gt(id, i)),
  );
}
