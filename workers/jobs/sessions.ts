/** Ended sessions: the store's rows are the source of truth, and the home timeline is told of them. */
import type { SessionsJob } from "../../feed/delivery/jobs.ts";
import { endedAmong } from "../auth/session-checks.ts";
import type { Deps } from "../deps.ts";
import { parseHint } from "../region.ts";

/** Tells an account's home timeline which sessions have ended; safe to repeat. @throws ObjectUnavailable, StoreUnavailable */
export async function runSessionsJob(deps: Deps, { account, hint }: SessionsJob): Promise<void> {
  const ended = endedAmong(await deps.store.sessions.ofAccount(account));
  if (ended.length === 0) return;
  await deps.homes.call(account, async (home) => await home.endSessions(ended), parseHint(hint));
}
