/** Who is signed in on this device. */
import type { Session } from "../../../feed/wire.ts";
import { createStore } from "./store.ts";

const STORAGE_KEY = "skein.session";

function stored(): Session | null {
  try {
    const text = localStorage.getItem(STORAGE_KEY);
    if (text === null) return null;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only `beginSession` writes this key
    const saved = JSON.parse(text) as Session;
    return Date.parse(saved.expiresAt) > Date.now() ? saved : null;
  } catch {
    return null; // storage is off, or an older page wrote something else
  }
}

/** The session of this device; null while nobody is signed in. */
export const session = createStore<Session | null>(stored());

/** Why the last session ended, if its owner did not end it. */
export const sessionEnded = createStore<string | null>(null);

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
  endSession("Your session has ended. Please sign in again.");
}

/** Follows sign-ins and sign-outs of other tabs. */
export function watchOtherTabs(): void {
  addEventListener("storage", (event) => {
    if (event.key === STORAGE_KEY || event.key === null) session.set(stored());
  });
}
