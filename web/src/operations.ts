/** Watching the figures of a Skein, with the ADMIN_TOKEN, which is kept as long as the tab. */
import { OPERATIONS_EVERY_MS } from "../../feed/limits.ts";
import { readFigures } from "./api.ts";
import { asFailure, type Failure } from "./failure.ts";
import { advance, type History, NO_HISTORY } from "./operations-history.ts";
import { createStore } from "./store.ts";

const TOKEN_KEY = "skein.admin";

/** What the operations page shows. */
export interface Watching {
  /** Null until an administrator has said it. */
  readonly token: string | null;
  readonly history: History;
  /** Regions whose figures are missing. */
  readonly missing: readonly string[];
  /** Why the last reading failed; those before stay on screen. */
  readonly failure: Failure | null;
  /** Whether a reading has come at all. */
  readonly loaded: boolean;
}

function storedToken(): string | null {
  try {
    return sessionStorage.getItem(TOKEN_KEY);
  } catch {
    return null; // storage is off
  }
}

function storeToken(token: string | null): void {
  try {
    if (token === null) sessionStorage.removeItem(TOKEN_KEY);
    else sessionStorage.setItem(TOKEN_KEY, token);
  } catch {
    // Without storage the token lasts until the page is reloaded.
  }
}

const UNREAD = { history: NO_HISTORY, missing: [], failure: null, loaded: false };

export const watching = createStore<Watching>({ token: storedToken(), ...UNREAD });

/** Begins with a token. */
export function enter(token: string): void {
  watching.set({ token, ...UNREAD });
}

/** Forgets the token and what was read with it. */
export function leave(): void {
  storeToken(null);
  watching.set({ token: null, ...UNREAD });
}

/** Reads the figures once; what came is dropped if another has the word by now. */
async function readOnce(token: string): Promise<void> {
  try {
    const figures = await readFigures(token);
    const now = watching.get();
    if (now.token !== token) return;
    storeToken(token);
    watching.set({
      token,
      history: advance(now.history, figures),
      missing: figures.missing,
      failure: null,
      loaded: true,
    });
  } catch (thrown) {
    const failure = asFailure(thrown);
    const now = watching.get();
    if (now.token !== token) return;
    const refused = failure.code === "unauthenticated" || failure.code === "not_found";
    if (refused) storeToken(null);
    watching.set({ ...now, token: refused ? null : token, failure });
  }
}

/** Reads again and again while the page is looked at. @returns what ends it */
export function watchFigures(token: string): () => void {
  let timer: ReturnType<typeof setTimeout>;
  let ended = false;
  const next = async (): Promise<void> => {
    if (!document.hidden) await readOnce(token);
    if (!ended) timer = setTimeout(() => void next(), OPERATIONS_EVERY_MS);
  };
  void next();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
