/** The frame of every view: the navigation, and whether the page is live. */
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import type { Session } from "../../../client/src/wire.ts";
import { write } from "../state/open-composer.ts";
import { signOutOf } from "../net/api.ts";
import { sendImpressions } from "../net/impressions.ts";
import { helpOpen } from "./keyboard.ts";
import { homePath, type Place } from "../route/router.ts";
import { endSession, session, sessionEnded, signInFrom } from "../state/session.ts";
import { useStore } from "../state/store.ts";
import { Avatar } from "./avatar.tsx";
import { Connection } from "./connection.tsx";
import { FindByHandle } from "./find.tsx";
import { Suggestions } from "./people.tsx";
import { FindIcon, HomeIcon, Mark, MenuIcon, PenIcon } from "./icons.tsx";

function signOut(): void {
  void sendImpressions();
  const last = session.get();
  endSession();
  if (last !== null) void signOutOf(last);
}

function SignedIn({ who, here: { route } }: { who: Session; here: Place }): ComponentChildren {
  const mine = route.name === "profile" && route.handle === who.user.handle;
  return (
    <>
      <a href={homePath()} aria-current={route.name === "home" ? "page" : undefined}>
        <HomeIcon />
        <span>Home</span>
      </a>
      <a href="/find" aria-current={route.name === "find" ? "page" : undefined}>
        <FindIcon />
        <span>Find</span>
      </a>
      <a class="me" href={`/@${who.user.handle}`} aria-current={mine ? "page" : undefined}>
        <Avatar of={who.user} size="small" />
        <span dir="auto">{who.user.name}</span>
        <i class="unseen">, your profile</i>
      </a>
      <button type="button" class="primary write" onClick={() => write(null)}>
        <PenIcon />
        <span>New post</span>
      </button>
    </>
  );
}

/** What is seldom needed: in the rail beside a wide page, behind a button on a phone. */
function Rest(): ComponentChildren {
  return (
    <>
      <a href="/muted">Muted and blocked</a>
      <a href="/sessions">Sessions</a>
      <a class="reference" href="/docs/">
        API
      </a>
      <button type="button" class="quiet" onClick={signOut}>
        Sign out
      </button>
    </>
  );
}

/** The menu of a phone. It closes with Escape, and when something in it was chosen. */
function Menu(): ComponentChildren {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = (): void => {
    if (menu.current !== null) menu.current.open = false;
  };
  return (
    <details
      class="menu"
      ref={menu}
      onClick={(event) => {
        const { target } = event;
        if (target instanceof Element && target.closest("a, button") !== null) close();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        close();
        menu.current?.querySelector("summary")?.focus();
      }}
    >
      <summary aria-label="Menu">
        <MenuIcon />
      </summary>
      <div>
        <Rest />
      </div>
    </details>
  );
}

/** Leads to the sign-in, which leads back here. */
function SignInLink(): ComponentChildren {
  return (
    <a href="/" onClick={() => signInFrom.set(location.pathname)}>
      Sign in
    </a>
  );
}

/** Says on every page that the session has ended; the sign-in's own page says it in its form. */
export function EndedSession(): ComponentChildren {
  const ended = useStore(sessionEnded);
  return (
    <div role="alert">
      {ended !== null && (
        <p class="ended">
          {ended} <SignInLink />
        </p>
      )}
    </div>
  );
}

/** The bar above the column, or the rail beside it. */
export function Frame({ who, here }: { who: Session | null; here: Place }): ComponentChildren {
  return (
    <header class="frame">
      <a class="brand" href={who === null ? "/" : homePath()}>
        <Mark />
        <span>Skein</span>
      </a>
      {who !== null && <Connection />}
      <nav aria-label="Main">
        {who !== null && <SignedIn who={who} here={here} />}
        {who === null && here.route.name !== "home" && <SignInLink />}
        {who === null ? (
          <a class="reference" href="/docs/">
            API
          </a>
        ) : (
          <div class="rest">
            <Rest />
          </div>
        )}
      </nav>
      {who !== null && <Menu />}
    </header>
  );
}

/** The column beside the view, in a wide window. */
export function Aside({ who }: { who: Session | null }): ComponentChildren {
  return (
    <aside class="aside">
      <section aria-labelledby="find-title">
        <h2 id="find-title">Find somebody</h2>
        <FindByHandle />
      </section>
      {who !== null && <Suggestions most={3} />}
      <p>
        <button type="button" class="link" onClick={() => helpOpen.set(true)}>
          Keyboard: <kbd>?</kbd>
        </button>
      </p>
    </aside>
  );
}
