/** Sessions: opened by a password, kept by refresh tokens, ended by their owner. */
import type { Account, EndedSessions } from "../../db/store.ts";
import { sessionsJob } from "../../feed/delivery/new-jobs.ts";
import type { SessionsJob } from "../../feed/delivery/jobs.ts";
import { errorText } from "../../feed/error-text.ts";
import type { UserId } from "../../feed/ids.ts";
import { DEVICE_MAX_CHARS } from "../../feed/limits-sessions.ts";
import { judgeRefresh, refreshParts, refreshToken, type SessionId } from "../../feed/sessions.ts";
import type { Deps } from "../deps.ts";
import { drawIds } from "../draw-ids.ts";
import { finishJobs } from "../jobs/finish.ts";
import { runSessionsJob } from "../jobs/sessions.ts";
import { firstRefreshToken, nextRefreshToken, useOf } from "../auth/refresh-tokens.ts";
import { mintToken } from "../auth/tokens.ts";

type Hint = DurableObjectLocationHint | null;

/** What keeps somebody signed in. */
export interface Tokens {
  token: string;
  expiresAt: string;
  refreshToken: string;
}

/** Opens a session for an account whose password was checked. @param device what the client calls itself */
export async function openSession(
  deps: Deps,
  account: Pick<Account, "id">,
  { passwordHash, device }: { passwordHash: string | null; device: string },
): Promise<Tokens | "too_many" | "wrong_password"> {
  return drawIds(async () => {
    const session = deps.newId(account.id);
    const first = await firstRefreshToken({ account: account.id, session });
    const { refreshToken: made, ...hashes } = first;
    const opened = await deps.store.sessions.open({
      ...{ account: account.id, id: session, ...hashes, passwordHash },
      device: [...device].slice(0, DEVICE_MAX_CHARS).join(""),
      nowMs: deps.nowMs(),
    });
    if (opened !== "opened") return opened;
    const access = await mintToken(deps.config, { user: account.id, session }, deps.nowMs());
    return { ...access, refreshToken: made };
  });
}

/**
 * Replaces a refresh token. One that was used before ends its session, because somebody has a copy; but the
 * newest one but one gives the newest again for a short while, because an answer may have been lost.
 * @returns null if the token is none of a session that lasts
 * @throws StoreUnavailable
 */
export async function refreshSession(
  deps: Deps,
  token: string,
  hint: Hint,
): Promise<Tokens | null> {
  const parts = refreshParts(token);
  if (parts === null) return null;
  const { account, session } = parts;
  const use = await useOf(parts, deps.nowMs());
  const row = await deps.store.sessions.refresh(use);
  const verdict = judgeRefresh(row, use);
  if (verdict === "stolen") {
    console.warn("a refresh token was used twice; its session ends", { account, session });
    await endSessions(deps, account, { only: session }, hint);
  }
  if (verdict !== "rotated" && verdict !== "repeated") return null;
  const next = await nextRefreshToken(parts, row?.nonce ?? use.nonce);
  const access = await mintToken(deps.config, { user: account, session }, deps.nowMs());
  return { ...access, refreshToken: refreshToken(next) };
}

/** Ends sessions: their tokens stop within a minute, and their sockets close. @throws StoreUnavailable */
export async function endSessions(
  deps: Deps,
  account: UserId,
  which: EndedSessions,
  hint: Hint,
): Promise<void> {
  const job = await drawIds(async () => {
    const drawn = sessionsJob(deps.newId(account), account, hint);
    await deps.store.sessions.end(account, which, { nowMs: deps.nowMs(), job: drawn });
    return drawn;
  });
  await tell(deps, job);
}

/**
 * Changes a password whose old one was checked, and ends all sessions but one.
 * @returns false if the password was changed meanwhile
 * @throws StoreUnavailable
 */
export async function changePassword(
  deps: Deps,
  change: { account: UserId; from: string; to: string; keep: SessionId },
  hint: Hint,
): Promise<boolean> {
  const { account } = change;
  const { changed, job } = await drawIds(async () => {
    const drawn = sessionsJob(deps.newId(account), account, hint);
    const more = { nowMs: deps.nowMs(), job: drawn };
    return { changed: await deps.store.sessions.changePassword(change, more), job: drawn };
  });
  if (changed) await tell(deps, job);
  return changed;
}

/** Tells the home timeline at once; the sweep does it if that fails. */
async function tell(deps: Deps, job: SessionsJob): Promise<void> {
  deps.sessions.forget(job.account);
  try {
    await runSessionsJob(deps, job);
    await finishJobs(deps, [job]);
  } catch (error) {
    console.warn(
      "the home timeline was not told of ended sessions; the sweep will",
      errorText(error),
    );
  }
}
