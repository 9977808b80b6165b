/** Keeps somebody signed in: renews the token of a session, once for all tabs that share it. */
import { Calls, type Settings } from "./calls.ts";
import { SkeinError } from "./errors.ts";
import type { Refresh, TokenSource } from "./tokens.ts";
import type { Refreshed } from "./wire.ts";

/** The tokens of a session. Without a refresh token it lasts as long as its token. */
export interface SessionTokens {
  token: string;
  expiresAt: string;
  refreshToken?: string;
}

/** Where the tokens are; in a page all tabs read and write one place. */
export interface SessionPlace<S extends SessionTokens> {
  load(): S | null;
  /** @param session null once the session has ended */
  save(session: S | null): void;
}

/** A token is renewed when it has less than this left. */
const RENEW_BEFORE_MS = 60_000;
/** The lock under which tabs renew one after the other. */
const LOCK = "skein.refresh";

/** What a client takes as its `token` and `refresh` to keep the session of a place. */
export function keepSession<S extends SessionTokens>(
  place: SessionPlace<S>,
  settings: Pick<Settings, "url" | "fetch"> = {},
): { token: Exclude<TokenSource, string | null>; refresh: Refresh } {
  const calls = new Calls({ ...settings, attempts: 3 });
  let renewing: Promise<string | null> | null = null;

  async function renew(refused: string): Promise<string | null> {
    const kept = place.load();
    // Another tab has renewed it, or somebody else has signed in.
    if (kept === null || kept.token !== refused) return kept?.token ?? null;
    const { refreshToken } = kept;
    const renewed =
      refreshToken === undefined
        ? null
        : await calls.json<Refreshed>({
            method: "POST",
            path: "/v1/sessions/refresh",
            body: { refreshToken },
            // The API gives the same answer again for a while.
            repeatable: true,
          });
    if (place.load()?.token !== refused) return place.load()?.token ?? null;
    if (renewed?.ok === true) {
      place.save({ ...kept, ...renewed.value });
      return renewed.value.token;
    }
    if (renewed !== null && renewed.error.code !== "unauthenticated") throw renewed.error;
    place.save(null);
    return null;
  }

  const refresh = (refused: string): Promise<string | null> => {
    renewing ??= locked(() => renew(refused)).finally(() => (renewing = null));
    return renewing;
  };

  return {
    refresh,
    token: async () => {
      const kept = place.load();
      if (kept === null || kept.refreshToken === undefined) return kept?.token ?? null;
      if (Date.parse(kept.expiresAt) - Date.now() > RENEW_BEFORE_MS) return kept.token;
      try {
        return await refresh(kept.token);
      } catch (error) {
        // Without a network the token is as good as any.
        if (error instanceof SkeinError) return kept.token;
        throw error;
      }
    },
  };
}

/** Runs work in no two tabs at once, where the platform has locks. */
function locked<T>(work: () => Promise<T>): Promise<T> {
  const { locks } =
    (globalThis as { navigator?: { locks?: Partial<LockManager> } }).navigator ?? {};
  return locks?.request === undefined ? work() : locks.request(LOCK, work);
}

/** The part of the platform's locks that is needed. */
interface LockManager {
  request<T>(name: string, work: () => Promise<T>): Promise<T>;
}
