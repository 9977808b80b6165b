/** Reads the figures of a Skein with the ADMIN_TOKEN, which the tab keeps until it is closed. */
import { OPERATIONS_EVERY_MS } from "../../../feed/limits.ts";
import { readFigures } from "../net/api.ts";
import type { SkeinError } from "../../../client/src/errors.ts";
import { asFailure } from "../net/failure.ts";
import { advance, type History, NO_HISTORY } from "./figures-history.ts";
import { createStore } from "./store.ts";

const TOKEN_KEY = "skein.admin";

/** The state of the operations page. */
export interface Watching {
  /** Null until an administrator enters it. */
  readonly token: string | null;
  readonly history: History;
  /** Regions whose figures are missing. */
  readonly missing: readonly string[];
  /** Why the last reading failed; earlier readings stay on screen. */
  readonly failure: SkeinError | null;
  /** Whether any reading has arrived. */
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

/** Starts reading with a token. */
export function enter(token: string): void {
  watching.set({ token, ...UNREAD });
}

/** Forgets the token and its readings. */
export function leave(): void {
  storeToken(null);
  watching.set({ token: null, ...UNREAD });
}

/** Reads the figures once, and drops the answer if the token has changed meanwhile. */
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

/** Reads repeatedly while the page is visible. @returns a function that stops that */
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
