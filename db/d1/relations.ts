/** Mutes and blocks in D1. */
import { and, eq, sql } from "drizzle-orm";
import type { Relation, RelationStore } from "../store.ts";
import { writeEdge } from "./edges.ts";
import { inJson } from "./json.ts";
import { insertJobs, isWaiting } from "./outbox.ts";
import { relations } from "./schema.ts";
import type { Shard, Shards } from "./shards.ts";

function upsert(shard: Shard, relation: Relation) {
  return shard
    .insert(relations)
    .values(relation)
    .onConflictDoUpdate({
      target: [relations.actor, relations.kind, relations.target],
      set: {
        active: relation.active,
        version: sql`max(${relations.version} + 1, excluded.version)`,
      },
      setWhere: sql`${relations.active} <> excluded.active`,
    });
}

/** A condition for statements that run before the relation is written: the write will change it. */
function differs({ actor, kind, target, active }: Relation) {
  return sql`NOT EXISTS (SELECT 1 FROM relations AS r WHERE r.actor = ${actor}
    AND r.kind = ${kind} AND r.target = ${target} AND r.active = ${active ? 1 : 0})`;
}

/** The statements that undo a follow, if there is one, for a batch. */
function undoFollow(shard: Shard, relation: Relation, nowMs: number) {
  const { actor: follower, target: followee, kind } = relation;
  const stands = sql`EXISTS (SELECT 1 FROM relations AS b WHERE b.active = 1
    AND b.kind = ${kind} AND b.actor = ${follower} AND b.target = ${followee})`;
  return writeEdge(shard, { follower, followee, following: false, nowMs }, stands);
}

export function d1Relations(shards: Shards): RelationStore {
  return {
    async setRelation({ nowMs, ...asked }, job) {
      const relation = { ...asked, version: nowMs };
      const undoes = asked.kind === "block" && asked.active;
      const rows = await shards.at(asked.actor, async (shard) => {
        await shard.batch([
          insertJobs(shard, [job], differs(relation)),
          upsert(shard, relation),
          ...(undoes ? undoFollow(shard, relation, nowMs) : []),
        ]);
        return shard
          .select({ version: relations.version, changed: isWaiting(job) })
          .from(relations)
          .where(
            and(
              eq(relations.actor, asked.actor),
              eq(relations.kind, asked.kind),
              eq(relations.target, asked.target),
            ),
          );
      });
      const row = rows[0];
      return { ...asked, version: row?.version ?? nowMs, changed: row?.changed === 1 };
    },

    relations(actor, targets) {
      return shards.at(actor, (shard) =>
        shard
          .select()
          .from(relations)
          .where(
            and(
              eq(relations.actor, actor),
              targets === null ? undefined : inJson(relations.target, targets),
            ),
          ),
      );
    },

    async applyBlock(block, nowMs) {
      const { actor: target, target: actor, active, version } = block;
      const side: Relation = { actor, kind: "blocked_by", target, active, version };
      await shards.at(actor, (shard) =>
        shard.batch([
          shard
            .insert(relations)
            .values(side)
            .onConflictDoUpdate({
              target: [relations.actor, relations.kind, relations.target],
              set: { active, version },
              setWhere: sql`excluded.version > ${relations.version}`,
            }),
          // This runs after the row above, which shows whether the block is active: a late block undoes
          // no follow.
          ...(active ? undoFollow(shard, side, nowMs) : []),
        ]),
      );
    },
  };
}
