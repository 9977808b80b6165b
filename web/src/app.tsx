/** The page: the frame, the view of the address, and the boxes above both. */
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Session } from "../../client/src/wire.ts";
import { composer } from "./state/open-composer.ts";
import { helpOpen } from "./parts/keyboard.ts";
import { Composer } from "./parts/composer.tsx";
import { Aside, EndedSession, Frame } from "./parts/frame.tsx";
import { lazy } from "./parts/lazy.tsx";
import { Skeleton } from "./parts/notice.tsx";
import { Toasts } from "./parts/toasts.tsx";
import { type Place, place } from "./route/router.ts";
import { session } from "./state/session.ts";
import { useStore } from "./state/store.ts";
import { Home } from "./views/home.tsx";
import { PostView } from "./views/post.tsx";
import { Profile } from "./views/profile.tsx";
import { Welcome } from "./views/welcome.tsx";

function Waiting(): ComponentChildren {
  return <Skeleton />;
}

const Operations = lazy(() => import("./views/operations.tsx"), Waiting);
const Find = lazy(() => import("./views/find.tsx"), Waiting);
const Hidden = lazy(() => import("./views/hidden.tsx"), Waiting);
const Sessions = lazy(() => import("./views/sessions.tsx"), Waiting);
const Shortcuts = lazy(() => import("./parts/shortcuts.tsx"));

function View({ here, who }: { here: Place; who: Session | null }): ComponentChildren {
  const { route, visit } = here;
  switch (route.name) {
    case "home":
      return who === null ? <Welcome /> : <Home me={who.user} order={route.order} />;
    case "profile":
      return <Profile handle={route.handle} tab={route.tab} visit={visit} />;
    case "post":
      return <PostView id={route.id} visit={visit} />;
    case "find":
      return <Find />;
    case "hidden":
      return who === null ? <Welcome /> : <Hidden />;
    case "sessions":
      return who === null ? <Welcome /> : <Sessions />;
    case "operations":
      return <Operations />;
    case "missing":
      return (
        <div class="notice">
          <h1>There is nothing here</h1>
          <p>
            The address may be mistyped. <a href="/">Go to the timeline</a>
          </p>
        </div>
      );
  }
}

export function App(): ComponentChildren {
  const who = useStore(session);
  const here = useStore(place);
  const help = useStore(helpOpen);
  const main = useRef<HTMLElement>(null);
  const firstVisit = useRef(here.visit);
  useLayoutEffect(() => {
    scrollTo({ top: here.scrollTop, behavior: "instant" });
    composer.set(null);
    helpOpen.set(false);
  }, [here]);
  useEffect(() => {
    // A screen reader starts at the new view. A view that the reader comes back to may already have
    // put the focus where it was before.
    const within = main.current?.contains(document.activeElement) === true;
    if (here.visit !== firstVisit.current && !within) main.current?.focus({ preventScroll: true });
  }, [here]);
  const welcoming = who === null && here.route.name === "home";
  const wide = here.route.name === "operations";
  return (
    <div class={welcoming ? "page alone" : wide ? "page wide" : "page"}>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Frame who={who} here={here} />
      <main id="main" tabIndex={-1} ref={main}>
        {who === null && !welcoming && <EndedSession />}
        <View key={`${here.visit} ${who?.user.id ?? ""}`} here={here} who={who} />
      </main>
      {!welcoming && !wide && <Aside who={who} />}
      {who !== null && <Composer me={who.user} />}
      {help && <Shortcuts />}
      <Toasts />
    </div>
  );
}
