/** Mutes and blocks. */
import type { Job } from "../../feed/delivery/jobs.ts";
import type { UserId } from "../../feed/ids.ts";
import type { Page } from "./page.ts";

/** About how many relations a store reads at a time. */
export const RELATIONS_PER_PART = 5000;

/** Relations between two accounts other than a follow; `blocked_by` is the other side of a block. */
export type RelationKind = "mute" | "block" | "blocked_by";

export interface Relation {
  actor: UserId;
  kind: RelationKind;
  target: UserId;
  active: boolean;
  version: number;
}

export interface RelationStore {
  /**
   * Writes a mute or a block with its job. A block also undoes the actor's own follow of the target,
   * in the same step. Writes nothing, and no job, if the relation has that value already, or if the
   * actor has `MUTES_MAX` or `BLOCKS_MAX` of its kind; then the relation after the call is not active.
   * @returns the relation after the call, and whether this call has changed it
   */
  setRelation(
    relation: {
      actor: UserId;
      kind: "mute" | "block";
      target: UserId;
      active: boolean;
      nowMs: number;
    },
    job: Job,
  ): Promise<Relation & { changed: boolean }>;
  /** Reads an account's relations to targets; those that never existed are missing. */
  relations(actor: UserId, targets: readonly UserId[]): Promise<Relation[]>;
  /**
   * Reads all relations of an account, a part at a time. Anybody may be blocked by any number of others.
   * A part may be empty before the end, and a relation may be in two of them.
   * @param after where the part before ended; null for the first
   */
  allRelations(actor: UserId, after: string | null): Promise<Page<Relation, string>>;
  /** Reads whom an account mutes or blocks, in order of id, after one. */
  targets(
    actor: UserId,
    kind: "mute" | "block",
    after: UserId | null,
    limit: number,
  ): Promise<Page<UserId, UserId>>;
  /** Writes the other side of a block, which undoes and prevents the target's follow of the actor. */
  applyBlock(block: Relation, nowMs: number): Promise<void>;
}
