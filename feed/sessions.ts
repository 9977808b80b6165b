/**
 * Sessions: what keeps an account signed in. A session has one valid refresh token at a time; each use
 * replaces it. An older token than the last two can only come from a copy, so its use ends the session.
 */
import { type Id, idOfOwner, isId, type UserId } from "./ids.ts";
import { REFRESH_REPEAT_MS, SESSION_IDLE_MS } from "./limits-sessions.ts";

/** The id of a session: its time is when the session was opened. */
export type SessionId = Id;

/**
 * The id of the session of tokens that name none: those of versions of Skein without sessions, those that
 * an administrator makes, and other issuers' tokens. It is older than every other session of the account.
 */
export function oldestSession(account: UserId): SessionId {
  return idOfOwner(account, 0);
}

/** A session as stored. A hash is the SHA-256 of a part of a refresh token, in hexadecimal. */
export interface StoredSession {
  account: UserId;
  id: SessionId;
  /** The hash of what all refresh tokens of the session share. */
  family: string;
  /** The hash of what the newest refresh token alone has. */
  current: string;
  /** The same of the one before it; null until the first refresh. */
  previous: string | null;
  /** What the newest one was derived from the one before it with; null until the first refresh. */
  nonce: string | null;
  /** When the newest one was made, in milliseconds since 1970. */
  rotatedMs: number;
  /** What the client called itself. */
  device: string;
  /** When the session ended, in milliseconds since 1970; null while it lasts. */
  endedMs: number | null;
}

/** Whose a token is, and since when: what decides whether an ended session concerns it. */
export interface TokenMark {
  session: SessionId;
  /** When the token was made, in milliseconds since 1970. */
  issuedMs: number;
}

/** A session that has ended lately, and when, in milliseconds since 1970. */
export interface EndedSession {
  session: SessionId;
  endedMs: number;
}

/**
 * Whether a token's session has ended. Of the oldest session, which any number of tokens have, the tokens end
 * that are not newer than its end; so an account whose owner has ended it takes new ones of other issuers.
 */
export function hasEnded(
  account: UserId,
  { session, issuedMs }: TokenMark,
  ended: readonly EndedSession[],
): boolean {
  return ended.some(
    (one) =>
      one.session === session && (session !== oldestSession(account) || issuedMs <= one.endedMs),
  );
}

/** The parts of a refresh token. */
export interface RefreshParts {
  account: UserId;
  session: SessionId;
  family: string;
  secret: string;
}

const PART = /^[\w-]{22,64}$/;

/** Writes a refresh token. Clients must not look into it. */
export function refreshToken({ account, session, family, secret }: RefreshParts): string {
  return [account, session, family, secret].join(".");
}

/** Reads a refresh token; null if it has another form. */
export function refreshParts(token: string): RefreshParts | null {
  const [account = "", session = "", family = "", secret = "", ...more] = token.split(".");
  const formed = isId(account) && isId(session) && PART.test(family) && PART.test(secret);
  return formed && more.length === 0 ? { account, session, family, secret } : null;
}

/** A use of a refresh token: its hashes, and what replaces it. */
export interface RefreshUse {
  account: UserId;
  session: SessionId;
  family: string;
  /** The hash of the secret that was sent. */
  used: string;
  /** The hash of the secret that replaces it. */
  next: string;
  nonce: string;
  nowMs: number;
}

/** Whether a session lasts at a time. */
export function isLive(
  { endedMs, rotatedMs }: Pick<StoredSession, "endedMs" | "rotatedMs">,
  nowMs: number,
): boolean {
  return endedMs === null && nowMs - rotatedMs < SESSION_IDLE_MS;
}

/**
 * What a use of a refresh token was, by the session's row after it.
 * - `rotated`: the newest one, which this use has replaced.
 * - `repeated`: the one before it, for the second time within a short while: it gives the newest again.
 * - `stolen`: an older one. Two clients have the session, and nobody can tell whose it is.
 * - `refused`: none of a session that lasts.
 */
export function judgeRefresh(
  row: StoredSession | null,
  use: RefreshUse,
): "rotated" | "repeated" | "stolen" | "refused" {
  if (row === null || row.family !== use.family || !isLive(row, use.nowMs)) return "refused";
  if (row.current === use.next) return "rotated";
  const soon = use.nowMs - row.rotatedMs < REFRESH_REPEAT_MS;
  return row.previous === use.used && soon ? "repeated" : "stolen";
}
