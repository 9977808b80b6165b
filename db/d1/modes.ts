/** Crossing the celebrity threshold in D1; an account's epoch and its jobs are in one shard. */
import { and, eq, gt, sql } from "drizzle-orm";
import type { ModeStore } from "../store.ts";
import { inJson } from "./json.ts";
import { insertJobs } from "./outbox.ts";
import { outbox, users } from "./schema.ts";
import type { OwnerShards } from "./shards.ts";

export function d1Modes(shards: OwnerShards): ModeStore {
  return {
    async beginEpoch(author, epoch, jobs) {
      const stands = sql`EXISTS (SELECT 1 FROM users AS u
        WHERE u.id = ${author} AND u.epoch = ${epoch} AND u.migrating = 0)`;
      const [, begun] = await shards.at(author, (shard) =>
        shard.batch([
          insertJobs(shard, jobs, stands),
          shard
            .update(users)
            .set({ epoch: epoch + 1, migrating: true })
            .where(and(eq(users.id, author), eq(users.epoch, epoch), eq(users.migrating, false)))
            .returning({ id: users.id }),
        ]),
      );
      return begun.length > 0;
    },

    async acknowledgeEpoch({ id, part, author, epoch }) {
      const waits = sql`EXISTS (SELECT 1 FROM outbox AS o WHERE o.id = ${id})`;
      await shards.at(author, (shard) =>
        shard.batch([
          shard.delete(outbox).where(and(eq(outbox.id, id), eq(outbox.part, part))),
          shard
            .update(users)
            .set({ migrating: false })
            .where(
              and(
                eq(users.id, author),
                eq(users.epoch, epoch),
                eq(users.migrating, true),
                sql`NOT ${waits}`,
              ),
            ),
        ]),
      );
    },

    async modes(authors) {
      const rows = await shards.byShard(
        [...new Set(authors)],
        (author) => author,
        (shard, group) =>
          shard
            .select({ id: users.id, epoch: users.epoch })
            .from(users)
            .where(and(inJson(users.id, group), gt(users.epoch, 0))),
      );
      return new Map(rows.flat().map(({ id, ...mode }) => [id, mode]));
    },
  };
}
