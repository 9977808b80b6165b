/**
 * Whether sessions last. The home timeline knows which sessions have ended, and returns them with every page. Other
 * requests read them, at most once in `SESSION_TRUSTED_MS` for each account and isolate.
 */
import QuickLRU from "quick-lru";
import { errorText } from "../../feed/error-text.ts";
import type { UserId } from "../../feed/ids.ts";
import { ISOLATE_SESSIONS_MAX, SESSION_TRUSTED_MS } from "../../feed/limits-sessions.ts";
import { type EndedSession, hasEnded, type TokenMark } from "../../feed/sessions.ts";
import type { Store } from "../../db/store.ts";
import { type HomeStub, type Objects, ObjectUnavailable } from "../../durable-objects/objects.ts";

interface Needs {
  homes: Objects<HomeStub>;
  store: Pick<Store, "sessions">;
  nowMs(): number;
}

/** The ended sessions that a home timeline returned, and the time. */
interface Heard {
  ended: readonly EndedSession[];
  readMs: number;
}

export class SessionChecks {
  readonly #needs: Needs;
  readonly #known = new QuickLRU<UserId, Heard>({ maxSize: ISOLATE_SESSIONS_MAX });

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Stores the ended sessions that the home timeline returned. */
  learn(user: UserId, ended: readonly EndedSession[]): void {
    this.#known.set(user, { ended, readMs: this.#needs.nowMs() });
  }

  /** Forgets what is known of an account, so that the next request asks. */
  forget(user: UserId): void {
    this.#known.delete(user);
  }

  /**
   * Whether the session of a token lasts.
   * @param hint where to place the account's timeline if this is the first call to it
   * @throws StoreUnavailable if neither the timeline nor the store can tell
   */
  async lasts(
    token: TokenMark & { user: UserId },
    hint: DurableObjectLocationHint | null,
  ): Promise<boolean> {
    const { user } = token;
    const known = this.#known.get(user);
    if (known !== undefined && this.#needs.nowMs() - known.readMs < SESSION_TRUSTED_MS) {
      return !hasEnded(user, token, known.ended);
    }
    const ended = await this.#ask(user, hint);
    this.learn(user, ended);
    return !hasEnded(user, token, ended);
  }

  async #ask(user: UserId, hint: DurableObjectLocationHint | null): Promise<EndedSession[]> {
    const { homes, store } = this.#needs;
    try {
      return await homes.call(user, async (home) => await home.endedSessions(), hint);
    } catch (error) {
      if (!(error instanceof ObjectUnavailable)) throw error;
      console.warn("a home timeline does not answer; the store is asked", errorText(error));
      return endedAmong(await store.sessions.ofAccount(user));
    }
  }
}

/** Those of some sessions that have ended. */
export function endedAmong(
  sessions: readonly { id: string; endedMs: number | null }[],
): EndedSession[] {
  return sessions.flatMap(({ id: session, endedMs }) =>
    endedMs === null ? [] : [{ session, endedMs }],
  );
}
