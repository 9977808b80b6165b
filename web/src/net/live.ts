/** The live socket of the page: the lists hear of what it brings. */
import type { Live } from "../../../client/src/skein-client.ts";
import { announce } from "../state/changes.ts";
import { createStore } from "../state/store.ts";
import { skein } from "./api.ts";

/** Whether the live socket is open; null until the first attempt has ended. */
export const connected = createStore<boolean | null>(null);

/** Opens the socket of whoever is signed in. @returns a function that closes it */
export function startLive(): () => void {
  const live: Live = skein.openLive((event) => {
    switch (event.type) {
      case "open":
        connected.set(true);
        announce({ type: event.resumed ? "reconnected" : "connected" });
        return;
      case "down":
        connected.set(false);
        return;
      case "ended":
        // The client has asked for a new token before, so the session has ended.
        return;
      default:
        announce(event);
    }
  });
  return () => {
    live.close();
    connected.set(null);
  };
}
