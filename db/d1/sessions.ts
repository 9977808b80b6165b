/** Sessions in D1. */
import { and, asc, eq, gt, isNull, lt, ne, or, type SQL, sql } from "drizzle-orm";
import {
  SESSION_ENDED_KEPT_MS,
  SESSION_IDLE_MS,
  SESSIONS_MAX,
} from "../../feed/limits-sessions.ts";
import { oldestSession } from "../../feed/sessions.ts";
import type { Job } from "../../feed/delivery/jobs.ts";
import type { UserId } from "../../feed/ids.ts";
import { type EndedSessions, IdTaken, type NewSession, type SessionStore } from "../store.ts";
import { insertJobs } from "./outbox.ts";
import { sessions, users } from "./schema.ts";
import type { OwnerShards, Shard } from "./shards.ts";

/** A condition: the account has this password. */
function hasPassword(account: UserId, hash: string | null): SQL {
  return sql`EXISTS (SELECT 1 FROM users AS u WHERE u.id = ${account} AND u.password_hash IS ${hash})`;
}

/** A condition: the job is not stored yet, as it is if the answer of a first attempt was lost. */
function isNew(job: Job): SQL {
  const { id, part } = job;
  return sql`NOT EXISTS (SELECT 1 FROM outbox AS o
    WHERE o.id = ${id} AND o.part = ${part} AND o.job = ${JSON.stringify(job)})`;
}

/** The statement that deletes sessions whose tokens have long expired. */
function deleteOld(shard: Shard, { account, nowMs }: NewSession) {
  const longEnded = and(
    lt(sessions.endedMs, nowMs - SESSION_ENDED_KEPT_MS),
    // Tokens without a session belong to the oldest one, so the time of its end is kept.
    ne(sessions.id, oldestSession(account)),
  );
  const unused = and(isNull(sessions.endedMs), lt(sessions.rotatedMs, nowMs - SESSION_IDLE_MS));
  return shard.delete(sessions).where(and(eq(sessions.account, account), or(longEnded, unused)));
}

function insert(shard: Shard, session: NewSession) {
  const { account, id, family, current, device, nowMs, passwordHash } = session;
  const count = sql`(SELECT count(*) FROM sessions AS s WHERE s.account = ${account} AND s.ended_ms IS NULL)`;
  return shard
    .insert(sessions)
    .select(
      sql`SELECT ${account}, ${id}, ${family}, ${current}, NULL, NULL, ${nowMs}, ${device}, NULL
        WHERE ${count} < ${SESSIONS_MAX} AND ${hasPassword(account, passwordHash)}`,
    )
    .onConflictDoNothing();
}

/** The statements that end sessions. @param only ends them only if this condition holds */
function endings(
  shard: Shard,
  account: UserId,
  which: EndedSessions,
  { nowMs, only = sql`true` }: { nowMs: number; only?: SQL },
) {
  const oldest = oldestSession(account);
  const chosen = "only" in which ? eq(sessions.id, which.only) : ne(sessions.id, which.allBut);
  const alsoOldest = "only" in which ? which.only === oldest : which.allBut !== oldest;
  const update = shard
    .update(sessions)
    .set({ endedMs: nowMs })
    .where(and(eq(sessions.account, account), chosen, isNull(sessions.endedMs), only));
  if (!alsoOldest) return [update] as const;
  const note = shard
    .insert(sessions)
    .select(
      sql`SELECT ${account}, ${oldest}, '', '', NULL, NULL, ${nowMs}, '', ${nowMs} WHERE ${only}`,
    )
    .onConflictDoUpdate({
      target: [sessions.account, sessions.id],
      set: { endedMs: sql`max(${sessions.endedMs}, excluded.ended_ms)` },
    });
  return [update, note] as const;
}

export function d1Sessions(shards: OwnerShards): SessionStore {
  return { ...opening(shards), ...ending(shards) };
}

function opening(shards: OwnerShards): Pick<SessionStore, "open" | "refresh" | "ofAccount"> {
  return {
    async open(session) {
      const { account, id, family, passwordHash } = session;
      const [, , rows, matching] = await shards.at(account, (shard) =>
        shard.batch([
          deleteOld(shard, session),
          insert(shard, session),
          shard
            .select({ family: sessions.family })
            .from(sessions)
            .where(and(eq(sessions.account, account), eq(sessions.id, id))),
          shard
            .select({ id: users.id })
            .from(users)
            .where(and(eq(users.id, account), hasPassword(account, passwordHash))),
        ]),
      );
      if (rows[0]?.family === family) return "opened";
      if (rows.length > 0) throw new IdTaken(`the id ${id} has another session`);
      return matching.length > 0 ? "too_many" : "wrong_password";
    },

    async refresh({ account, session, family, used, next, nonce, nowMs }) {
      const isIt = and(eq(sessions.account, account), eq(sessions.id, session));
      const [, rows] = await shards.at(account, (shard) =>
        shard.batch([
          shard
            .update(sessions)
            .set({ previous: used, current: next, nonce, rotatedMs: nowMs })
            .where(
              and(
                isIt,
                eq(sessions.family, family),
                eq(sessions.current, used),
                isNull(sessions.endedMs),
                gt(sessions.rotatedMs, nowMs - SESSION_IDLE_MS),
              ),
            ),
          shard.select().from(sessions).where(isIt),
        ]),
      );
      return rows[0] ?? null;
    },

    ofAccount(account) {
      return shards.at(account, (shard) =>
        shard
          .select()
          .from(sessions)
          .where(eq(sessions.account, account))
          .orderBy(asc(sessions.id)),
      );
    },
  };
}

function ending(shards: OwnerShards): Pick<SessionStore, "end" | "changePassword"> {
  return {
    async end(account, which, { nowMs, job }) {
      await shards.at(account, (shard) =>
        shard.batch([
          insertJobs(shard, [job], isNew(job)),
          ...endings(shard, account, which, { nowMs }),
        ]),
      );
    },

    async changePassword({ account, from, to, keep }, { nowMs, job }) {
      const only = hasPassword(account, to);
      const [, , rows] = await shards.at(account, (shard) =>
        shard.batch([
          shard
            .update(users)
            .set({ passwordHash: to })
            .where(and(eq(users.id, account), eq(users.passwordHash, from))),
          insertJobs(shard, [job], sql`${only} AND ${isNew(job)}`),
          shard
            .select({ id: users.id })
            .from(users)
            .where(and(eq(users.id, account), only)),
          ...endings(shard, account, { allBut: keep }, { nowMs, only }),
        ]),
      );
      return rows.length > 0;
    },
  };
}
