/** Who is signed in on this device. */
import type { Session } from "../../feed/wire.ts";
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
    return null; // storage is off, or holds something older than this page
  }
}

/** The session of this device; null when nobody is signed in. */
export const session = createStore<Session | null>(stored());

/** Why the last session ended, when its owner did not end it. */
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
    // Nothing was stored.
  }
  sessionEnded.set(why);
  session.set(null);
}

/** Ends the session because its token is no longer good; an older token's end is not news. */
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
