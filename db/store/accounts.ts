/** Accounts, and the epochs in which their posts are pushed or pulled. */
import type { AuthorMode, PullMode } from "../../feed/delivery/delivery-mode.ts";
import type { Job, ModeJob } from "../../feed/delivery/jobs.ts";
import type { UserId } from "../../feed/ids.ts";

/** What an account says about itself. */
export interface Profile {
  name: string;
  /** Empty if there is none. */
  bio: string;
  /** The address of a picture; null if there is none. */
  avatarUrl: string | null;
}

/** An account as stored. */
export interface Account extends AuthorMode, Profile {
  id: UserId;
  handle: string;
  /** Grows with every change of the profile; 0 before the first. */
  profileVersion: number;
  counts: { followers: number; following: number; posts: number };
}

/** A new account; without a bio and a picture if they are absent. */
export interface NewAccount extends Partial<Omit<Profile, "name">> {
  id: UserId;
  handle: string;
  name: string;
  /** Null for an imported account, which can't sign in with a password. */
  passwordHash: string | null;
}

/** A new profile, and the versions before and after it. */
export interface ProfileChange {
  profile: Profile;
  from: number;
  to: number;
}

/** Active accounts: one that is suspended or deleted is as if it did not exist, but holds its handle. */
export interface AccountStore {
  /** Creates an account and takes its handle in one step, or does neither. */
  create(account: NewAccount): Promise<"created" | "handle_taken">;
  /** Creates the accounts whose handles are free. @returns how many it has created */
  importAll(accounts: readonly NewAccount[]): Promise<number>;
  byIds(ids: readonly UserId[]): Promise<Map<UserId, Account>>;
  byHandles(handles: readonly string[]): Promise<Map<string, Account>>;
  /**
   * Replaces the profile of version `from` by one of version `to`, and writes the jobs that bring it to
   * others, in one step. @returns false if the account has another version, or does not exist
   */
  setProfile(user: UserId, change: ProfileChange, jobs: readonly Job[]): Promise<boolean>;
  /** Reads the password hash of a handle's account; null if no account has the handle. */
  credentials(handle: string): Promise<{ account: Account; passwordHash: string | null } | null>;
}

/** Crossing the celebrity threshold: an account's epoch, and the jobs that inform its followers. */
export interface ModeStore {
  /**
   * Begins the epoch after `epoch` and writes the jobs that inform the followers, in one step. Does
   * nothing if the account has left `epoch` or is still migrating. @returns whether the epoch began
   */
  beginEpoch(author: UserId, epoch: number, jobs: readonly ModeJob[]): Promise<boolean>;
  /**
   * Deletes the outbox row of a job whose followers have acknowledged the epoch. The last row of the
   * epoch ends the migration in the same step. A repeated call changes nothing.
   */
  acknowledgeEpoch(job: ModeJob): Promise<void>;
  /** The modes of those accounts that have ever been pulled, as their followers' timelines need them. */
  modes(authors: readonly UserId[]): Promise<Map<UserId, PullMode>>;
}
