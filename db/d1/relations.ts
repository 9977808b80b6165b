/** Mutes and blocks in D1. */
import { and, eq, gt, sql } from "drizzle-orm";
import type { Job } from "../../feed/delivery/jobs.ts";
import { BLOCKS_MAX, MUTES_MAX } from "../../feed/limits.ts";
import type { Relation, RelationStore } from "../store.ts";
import { pageOf } from "../store/page.ts";
import { RELATIONS_PER_PART } from "../store/relations.ts";
import { writeEdge } from "./edges.ts";
import { inJson, isActive } from "./json.ts";
import { insertJobs, isWaiting } from "./outbox.ts";
import { relations } from "./schema.ts";
import type { Shard, OwnerShards } from "./shards.ts";

/** The statement that writes a relation whose job the same batch has just added. */
function upsert(shard: Shard, relation: Relation, job: Job) {
  const { actor, kind, target, active, version } = relation;
  return shard
    .insert(relations)
    .select(
      sql`SELECT ${actor}, ${kind}, ${target}, ${version}, ${active ? 1 : 0}
        WHERE ${isWaiting(job)}`,
    )
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

/** A condition: the actor may have one more relation of this kind. */
function belowMax({ actor, kind }: Relation) {
  const max = kind === "block" ? BLOCKS_MAX : MUTES_MAX;
  return sql`(SELECT count(*) FROM relations AS r WHERE r.actor = ${actor}
    AND r.kind = ${kind} AND r.active = 1) < ${max}`;
}

/** The statements that undo a follow, if there is one, for a batch. */
function undoFollow(shard: Shard, relation: Relation, nowMs: number) {
  const { actor: follower, target: followee, kind } = relation;
  const stands = sql`EXISTS (SELECT 1 FROM relations AS b WHERE b.active = 1
    AND b.kind = ${kind} AND b.actor = ${follower} AND b.target = ${followee})`;
  return writeEdge(shard, { follower, followee, following: false, nowMs }, stands);
}

/** What a relation is now, and whether a job of its change is waiting. */
function selectState(shard: Shard, { actor, kind, target }: Relation, job: Job) {
  return shard
    .select({
      version: relations.version,
      active: relations.active,
      changed: isWaiting(job),
    })
    .from(relations)
    .where(and(eq(relations.actor, actor), eq(relations.kind, kind), eq(relations.target, target)));
}

/** The next relations of an account in order of the primary key, which `after` ends a part of. */
function selectPart(shard: Shard, actor: string, after: string | null) {
  const { kind, target } = relations;
  const [afterKind = "", afterTarget = ""] = after?.split(":") ?? [];
  const isAfter = sql`(${kind}, ${target}) > (${afterKind}, ${afterTarget})`;
  return shard
    .select()
    .from(relations)
    .where(and(eq(relations.actor, actor), isAfter))
    .orderBy(kind, target)
    .limit(RELATIONS_PER_PART);
}

/** Whom an account mutes or blocks, in order of the primary key. */
function selectTargets(
  shard: Shard,
  { actor, kind }: Pick<Relation, "actor" | "kind">,
  after: string | null,
) {
  const { target } = relations;
  const isOwn = and(eq(relations.actor, actor), eq(relations.kind, kind));
  return shard
    .select({ target })
    .from(relations)
    .where(and(isOwn, gt(target, after ?? ""), isActive(relations.active)))
    .orderBy(target);
}

export function d1Relations(shards: OwnerShards): RelationStore {
  return {
    async setRelation({ nowMs, ...wanted }, job) {
      const relation = { ...wanted, version: nowMs };
      const undoes = wanted.kind === "block" && wanted.active;
      // One transaction with the writes: another call may change the relation at the same time.
      const [, , rows] = await shards.at(wanted.actor, (shard) =>
        shard.batch([
          insertJobs(
            shard,
            [job],
            wanted.active ? sql`${differs(relation)} AND ${belowMax(relation)}` : differs(relation),
          ),
          upsert(shard, relation, job),
          selectState(shard, relation, job),
          ...(undoes ? undoFollow(shard, relation, nowMs) : []),
        ]),
      );
      const row = rows[0];
      return {
        ...wanted,
        active: row?.active ?? false,
        version: row?.version ?? nowMs,
        changed: row?.changed === 1,
      };
    },

    relations(actor, targets) {
      return shards.at(actor, (shard) =>
        shard
          .select()
          .from(relations)
          .where(and(eq(relations.actor, actor), inJson(relations.target, targets))),
      );
    },

    async allRelations(actor, after) {
      const rows = await shards.at(actor, (shard) => selectPart(shard, actor, after));
      const last = rows.length < RELATIONS_PER_PART ? undefined : rows.at(-1);
      return { items: rows, next: last === undefined ? null : `${last.kind}:${last.target}` };
    },

    async targets(actor, kind, after, limit) {
      const rows = await shards.at(actor, (shard) =>
        selectTargets(shard, { actor, kind }, after).limit(limit + 1),
      );
      return pageOf(
        rows.map(({ target }) => target),
        limit,
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
