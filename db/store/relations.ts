/** Mutes and blocks. */
import type { Job } from "../../feed/delivery/jobs.ts";
import type { UserId } from "../../feed/ids.ts";

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
  /** Reads an account's relations to targets, or to everyone; those that never existed are missing. */
  relations(actor: UserId, targets: readonly UserId[] | null): Promise<Relation[]>;
  /** Writes the other side of a block, which undoes and prevents the target's follow of the actor. */
  applyBlock(block: Relation, nowMs: number): Promise<void>;
}
