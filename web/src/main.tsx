/** Starts the page. */
import { render } from "preact";
import { App } from "./app.tsx";
import { startImpressions } from "./net/impressions.ts";
import { startKeyboard } from "./parts/keyboard.ts";
import { startLive } from "./net/live.ts";
import { forgetPeople } from "./state/people-list.ts";
import { forgetLists } from "./state/post-lists.ts";
import { forgetToasts } from "./state/messages.ts";
import { forgetSteering } from "./state/steering.ts";
import { forgetReactions } from "./state/own-reactions.ts";
import { startRouter } from "./route/router.ts";
import { session, watchOtherTabs } from "./state/session.ts";

let viewer: string | undefined;
let stopLive: (() => void) | undefined;

/** Keeps one live socket for whoever is signed in, and forgets what it has read for the previous viewer. */
function followSession(): void {
  const now = session.get()?.user.id;
  if (now === viewer) return;
  viewer = now;
  stopLive?.();
  forgetLists();
  forgetPeople();
  forgetReactions();
  forgetToasts();
  forgetSteering();
  stopLive = now === undefined ? undefined : startLive();
}

// This runs before the first render, so that its watcher runs before those of components.
session.watch(followSession);
followSession();
watchOtherTabs();
startRouter();
startKeyboard();
startImpressions();
// Without it, as in a private window, the page needs a network.
navigator.serviceWorker?.register("/sw.js").catch(() => undefined);

const page = document.getElementById("page");
if (page === null) throw new Error("index.html has no #page");
render(<App />, page);
