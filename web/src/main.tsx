/** Starts the page. */
import { render } from "preact";
import { App } from "./app.tsx";
import { startImpressions } from "./impressions.ts";
import { startKeyboard } from "./keyboard.ts";
import { Live } from "./live.ts";
import { forgetPeople } from "./people-list.ts";
import { forgetLists } from "./post-list.ts";
import { forgetReactions } from "./reactions.ts";
import { startRouter } from "./router.ts";
import { session, watchOtherTabs } from "./session.ts";

let token: string | undefined;
let live: Live | undefined;

/** Keeps one live socket per session; what was read for one viewer is not shown to the next. */
function followSession(): void {
  const now = session.get()?.token;
  if (now === token) return;
  token = now;
  live?.stop();
  forgetLists();
  forgetPeople();
  forgetReactions();
  live = now === undefined ? undefined : new Live(now);
}

// Before anything renders, so that it comes before the components that watch the session.
session.watch(followSession);
followSession();
watchOtherTabs();
startRouter();
startKeyboard();
startImpressions();

const page = document.getElementById("page");
if (page === null) throw new Error("index.html has no #page");
render(<App />, page);
