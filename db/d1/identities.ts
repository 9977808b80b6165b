/** The subjects of other issuers in D1. */
import { and, asc, eq, sql } from "drizzle-orm";
import { type IdentityStore, StoreUnavailable } from "../store.ts";
import { identities, subjects } from "./schema.ts";
import type { NumberedShards, OwnerShards } from "./shards.ts";

/**
 * @param shards where an account's side is
 * @param bySubject where a subject's side is
 */
export function d1Identities(
  shards: OwnerShards,
  bySubject: Pick<NumberedShards, "byShard">,
): IdentityStore {
  return { ...subjectSide(bySubject), ...accountSide(shards) };
}

function subjectSide(
  bySubject: Pick<NumberedShards, "byShard">,
): Pick<IdentityStore, "accountOf" | "hold" | "release"> {
  const ofSubject = async <R>(
    subject: string,
    work: Parameters<typeof bySubject.byShard<string, R>>[2],
  ): Promise<R> => {
    const [answer] = await bySubject.byShard([subject], (one) => one, work);
    if (answer === undefined) throw new StoreUnavailable("no shard has the subject");
    return answer;
  };
  return {
    async accountOf(subject) {
      const rows = await ofSubject(subject, (shard) =>
        shard
          .select({ account: subjects.account })
          .from(subjects)
          .where(eq(subjects.subject, subject)),
      );
      return rows[0]?.account ?? null;
    },

    async hold(subject, account) {
      const [, rows] = await ofSubject(subject, (shard) =>
        shard.batch([
          shard.insert(subjects).values({ subject, account }).onConflictDoNothing(),
          shard
            .select({ account: subjects.account })
            .from(subjects)
            .where(eq(subjects.subject, subject)),
        ]),
      );
      const [row] = rows;
      if (row === undefined) throw new StoreUnavailable("the subject's row is gone");
      return row.account;
    },

    async release(subject, account) {
      await ofSubject(subject, (shard) =>
        shard
          .delete(subjects)
          .where(and(eq(subjects.subject, subject), eq(subjects.account, account))),
      );
    },
  };
}

function accountSide(shards: OwnerShards): Pick<IdentityStore, "note" | "ofAccount" | "forget"> {
  return {
    async note(identity) {
      await shards.at(identity.account, (shard) =>
        shard
          .insert(identities)
          .values(identity)
          .onConflictDoUpdate({
            target: [identities.account, identities.issuer],
            set: { sub: sql`excluded.sub` },
          }),
      );
    },

    ofAccount(account) {
      return shards.at(account, (shard) =>
        shard
          .select()
          .from(identities)
          .where(eq(identities.account, account))
          .orderBy(asc(identities.issuer)),
      );
    },

    async forget(account, issuer) {
      await shards.at(account, (shard) =>
        shard
          .delete(identities)
          .where(and(eq(identities.account, account), eq(identities.issuer, issuer))),
      );
    },
  };
}
