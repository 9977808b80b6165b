/** Who is signed in on this device. */
import type { SessionPlace } from "../../../client/src/skein-client.ts";
import type { Session, SignedIn } from "../../../client/src/wire.ts";
import { createStore } from "./store.ts";

const STORAGE_KEY = "skein.session";

/** What is kept of a session; older pages kept no refresh token. */
export type KeptSession = Session & Partial<Pick<SignedIn, "refreshToken">>;

const ENDED = "Your session has ended. Please sign in again.";

/** The saved session, whether it is valid still or not. */
function saved(): KeptSession | null {
  try {
    const text = localStorage.getItem(STORAGE_KEY);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only `keep` writes this key
    return text === null ? null : (JSON.parse(text) as KeptSession);
  } catch {
    return null; // storage is off, or an older page wrote something else
  }
}

/** Whether a session may last: one with a refresh token does until the API says otherwise. */
function isValid({ expiresAt, refreshToken }: KeptSession): boolean {
  return refreshToken !== undefined || Date.parse(expiresAt) > Date.now();
}

function stored(): KeptSession | null {
  const found = saved();
  return found !== null && isValid(found) ? found : null;
}

const atStart = saved();

/** The session of this device; null while nobody is signed in. */
export const session = createStore<KeptSession | null>(stored());

/** Why the last session ended, if its owner did not end it. */
export const sessionEnded = createStore<string | null>(
  atStart !== null && !isValid(atStart) ? ENDED : null,
);

/** The path from which somebody went to sign in, and where they are led back to. */
export const signInFrom = createStore<string | null>(null);

/** Signs in, in every tab. */
export function beginSession(begun: KeptSession): void {
  sessionEnded.set(null);
  keep(begun);
}

/** Saves a session, for every tab. */
function keep(kept: KeptSession): void {
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(kept));
  } catch {
    // Without storage the session lasts as long as the tab.
  }
  session.set(kept);
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

/** Where the page's client keeps its tokens: what another tab has renewed holds here, too. */
export const sessionPlace: SessionPlace<KeptSession> = {
  load: () => {
    const [here, everywhere] = [session.get(), stored()];
    // Another account is a sign-in in another tab, which the storage event brings here.
    return here !== null && everywhere?.user.id === here.user.id ? everywhere : here;
  },
  save: (kept) => {
    if (kept === null) endSession(ENDED);
    else keep(kept);
  },
};

/** Follows sign-ins and sign-outs of other tabs. */
export function watchOtherTabs(): void {
  addEventListener("storage", (event) => {
    if (event.key === STORAGE_KEY || event.key === null) session.set(stored());
  });
}
