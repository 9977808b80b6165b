/** The frame around every view. */
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Session } from "../../feed/wire.ts";
import { connected } from "./live.ts";
import { Avatar } from "./parts/avatar.tsx";
import { Mark } from "./parts/icons.tsx";
import { type Place, place } from "./router.ts";
import { endSession, session } from "./session.ts";
import { useStore } from "./store.ts";
import { Home } from "./views/home.tsx";
import { PostView } from "./views/post.tsx";
import { Profile } from "./views/profile.tsx";
import { Welcome } from "./views/welcome.tsx";

function View({ here, who }: { here: Place; who: Session | null }): ComponentChildren {
  const { route, visit } = here;
  switch (route.name) {
    case "home":
      return who === null ? <Welcome /> : <Home me={who.user} />;
    case "profile":
      return <Profile handle={route.handle} visit={visit} />;
    case "post":
      return <PostView id={route.id} visit={visit} />;
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

function Connection(): ComponentChildren {
  const up = useStore(connected);
  return (
    <p class="connection" role="status">
      {up === false ? "Reconnecting…" : ""}
    </p>
  );
}

function Frame({ who, here }: { who: Session | null; here: Place }): ComponentChildren {
  const { route } = here;
  const mine = route.name === "profile" && route.handle === who?.user.handle;
  return (
    <header class="frame">
      <a class="brand" href="/">
        <Mark />
        <span>Skein</span>
      </a>
      <nav aria-label="Main">
        {who === null ? (
          route.name !== "home" && <a href="/">Sign in</a>
        ) : (
          <>
            <a href="/" aria-current={route.name === "home" ? "page" : undefined}>
              Home
            </a>
            <a
              class="me"
              href={`/@${who.user.handle}`}
              aria-current={mine ? "page" : undefined}
              aria-label="Your profile"
            >
              <Avatar of={who.user} size="small" />
              <span>{who.user.name}</span>
            </a>
          </>
        )}
        <a class="reference" href="/docs/">
          API
        </a>
        {who !== null && (
          <button type="button" class="quiet" onClick={() => endSession()}>
            Sign out
          </button>
        )}
      </nav>
      <Connection />
    </header>
  );
}

export function App(): ComponentChildren {
  const who = useStore(session);
  const here = useStore(place);
  const main = useRef<HTMLElement>(null);
  const firstVisit = useRef(here.visit);
  useLayoutEffect(() => scrollTo({ top: here.scrollTop, behavior: "instant" }), [here]);
  useEffect(() => {
    // A screen reader starts at the new view, not where the old one was left.
    if (here.visit !== firstVisit.current) main.current?.focus({ preventScroll: true });
  }, [here]);
  return (
    <div class="page">
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Frame who={who} here={here} />
      <main id="main" tabIndex={-1} ref={main}>
        <View key={`${here.visit} ${who?.token ?? ""}`} here={here} who={who} />
      </main>
    </div>
  );
}
