/** Sessions, and the subjects of other issuers that accounts are linked to. */
import type { Job } from "../../feed/delivery/jobs.ts";
import type { UserId } from "../../feed/ids.ts";
import type { RefreshUse, SessionId, StoredSession } from "../../feed/sessions.ts";
import type { Subject } from "../subjects.ts";

/** A session that is about to be opened. */
export interface NewSession extends Pick<
  StoredSession,
  "account" | "id" | "family" | "current" | "device"
> {
  nowMs: number;
  /** The hash of the password that was checked; null for an account without one. */
  passwordHash: string | null;
}

/** Which sessions end: one, or all but one. */
export type EndedSessions = { only: SessionId } | { allBut: SessionId };

export interface SessionStore {
  /**
   * Opens a session, if the account's password is still the one that was checked and if the account may have one
   * more. Deletes the account's sessions that ended long ago.
   */
  open(session: NewSession): Promise<"opened" | "too_many" | "wrong_password">;
  /**
   * Replaces a session's refresh token, if it is the newest of a session that lasts.
   * @returns the session after the call, which says what became of it (`judgeRefresh`); null if there is none
   */
  refresh(use: RefreshUse): Promise<StoredSession | null>;
  /** The sessions of an account, oldest first, with those that ended lately. */
  ofAccount(account: UserId): Promise<StoredSession[]>;
  /** Ends sessions, and writes the job that tells the home timeline. The oldest session ends without having a row. */
  end(
    account: UserId,
    which: EndedSessions,
    { nowMs, job }: { nowMs: number; job: Job },
  ): Promise<void>;
  /**
   * Replaces a password, and ends all sessions but one, in one step.
   * @param from the hash of the password that was checked
   * @returns false if that is not the account's password any more; then nothing was done
   */
  changePassword(
    change: { account: UserId; from: string; to: string; keep: SessionId },
    { nowMs, job }: { nowMs: number; job: Job },
  ): Promise<boolean>;
}

/** A subject that an account is linked to. */
export interface LinkedIdentity {
  account: UserId;
  issuer: string;
  sub: string;
}

/** The two sides of links; `workers/auth/identities.ts` writes both. */
export interface IdentityStore {
  /** The account that a subject is linked to; null if to none. */
  accountOf(subject: Subject): Promise<UserId | null>;
  /** Links a subject, unless it is linked. @returns the account that it is linked to now */
  hold(subject: Subject, account: UserId): Promise<UserId>;
  /** Takes a link away, if it is to this account. */
  release(subject: Subject, account: UserId): Promise<void>;
  /** Notes with the account which subject of an issuer it has, in place of another one. */
  note(identity: LinkedIdentity): Promise<void>;
  /** What is noted with an account. */
  ofAccount(account: UserId): Promise<LinkedIdentity[]>;
  /** Removes the note of an issuer. */
  forget(account: UserId, issuer: string): Promise<void>;
}
