import type { ComponentChildren } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { User } from "../../../feed/wire.ts";
import { Feed } from "../parts/feed.tsx";
import { PostBox } from "../parts/post-box.tsx";
import { homeList } from "../post-list.ts";
import { go } from "../router.ts";

/** Opens a profile by its handle: there is no directory to choose from. */
function FindByHandle(): ComponentChildren {
  return (
    <form
      class="find"
      onSubmit={(event) => {
        event.preventDefault();
        const typed = new FormData(event.currentTarget).get("handle");
        if (typeof typed === "string") go(`/@${typed.trim().replace(/^@/, "")}`);
      }}
    >
      <input
        name="handle"
        aria-label="Handle"
        placeholder="@handle"
        required
        autoCapitalize="none"
        autoComplete="off"
        spellcheck={false}
      />
      <button type="submit">Open</button>
    </form>
  );
}

/** The home timeline of whoever is signed in. */
export function Home({ me }: { me: User }): ComponentChildren {
  const list = useMemo(homeList, []);
  useEffect(() => {
    document.title = "Skein";
  }, []);
  return (
    <>
      <h1 class="unseen">Home timeline</h1>
      <PostBox me={me} />
      <Feed
        list={list}
        label="Home timeline"
        empty={
          <div class="notice">
            <h2>It is quiet here</h2>
            <p>
              Posts of the people you follow will appear here as they are written. Write the first
              one yourself, or find somebody to follow.
            </p>
            <FindByHandle />
          </div>
        }
      />
    </>
  );
}
