/** Finding people: by handle, and whom others follow. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { FindByHandle } from "../parts/find.tsx";
import { People } from "../parts/people.tsx";
import { suggestionList } from "../state/people-list.ts";
import { session } from "../state/session.ts";
import { useStore } from "../state/store.ts";

/** The view of `/find`. */
export default function Find(): ComponentChildren {
  const who = useStore(session);
  useEffect(() => {
    document.title = "Find people · Skein";
  }, []);
  return (
    <>
      <h1 class="title">Find people</h1>
      <FindByHandle />
      {who !== null && (
        <>
          <h2 class="section">People to follow</h2>
          <People
            list={suggestionList()}
            label="People to follow"
            empty={
              <p class="notice">Nobody to suggest yet. Open somebody’s page by their handle.</p>
            }
          />
        </>
      )}
    </>
  );
}
