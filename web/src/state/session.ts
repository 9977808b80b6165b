/** Who is signed in on this device. */
import type { Session } from "../../../client/src/wire.ts";
import { createStore } from "./store.ts";

const STORAGE_KEY = "skein.session";

const ENDED = "Your session has ended. Please sign in again.";

/** The saved session, whether it is valid still or not. */
function saved(): Session | null {
  try {
    const text = localStorage.getItem(STORAGE_KEY);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only `beginSession` writes this key
    return text === null ? null : (JSON.parse(text) as Session);
  } catch {
    return null; // storage is off, or an older page wrote something else
  }
}

function isValid({ expiresAt }: Session): boolean {
  return Date.parse(expiresAt) > Date.now();
}

function stored(): Session | null {
  const found = saved();
  return found !== null && isValid(found) ? found : null;
}

const atStart = saved();

/** The session of this device; null while nobody is signed in. */
export const session = createStore<Session | null>(stored());

/** Why the last session ended, if its owner did not end it. */
export const sessionEnded = createStore<string | null>(
  atStart !== null && !isValid(atStart) ? ENDED : null,
);

/** The path from which somebody went to sign in, and where they are led back to. */
export const signInFrom = createStore<string | null>(null);

/** Signs in, in every tab. */
export function beginSession(begun: Session): void {
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(begun));
  } catch {
    // Without storage the session lasts as long as the tab.
  }
  sessionEnded.set(null);
  session.set(begun);
}

/** Shows the reader's own account as it is now, in every tab. */
export function accountChanged(user: Session["user"]): void {
  const now = session.get();
  if (now?.user.id === user.id) beginSession({ ...now, user });
}

/** Signs out, in every tab. */
export function endSession(why: string | null = null): void {
  try {
    localStorage.removeItem(STORAGE_KEY);
  } catch {
    // Storage is off, so it holds nothing.
  }
  sessionEnded.set(why);
  session.set(null);
}

/** Ends the session if this is its token, which the API has refused. */
export function tokenRefused(token: string): void {
  if (session.get()?.token !== token) return;
  endSession(ENDED);
}

/** Follows sign-ins and sign-outs of other tabs. */
export function watchOtherTabs(): void {
  addEventListener("storage", (event) => {
    if (event.key === STORAGE_KEY || event.key === null) session.set(stored());
  });
}
