import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Timeline, User } from "../../../client/src/wire.ts";
import { Feed } from "../parts/feed.tsx";
import { FindByHandle } from "../parts/find.tsx";
import { lazy } from "../parts/lazy.tsx";
import { Suggestions } from "../parts/people.tsx";
import { PostBox } from "../parts/post-box.tsx";
import { PullToRefresh } from "../parts/pull.tsx";
import { homeList } from "../state/post-lists.ts";

const ORDERS: readonly { order: Timeline["order"]; path: string; label: string }[] = [
  { order: "ranked", path: "/", label: "For you" },
  { order: "latest", path: "/latest", label: "Latest" },
];

const Sliders = lazy(() => import("../parts/sliders.tsx"));

/** What steers the ranked order; it loads once it is opened. */
function Tuning(): ComponentChildren {
  const [opened, setOpened] = useState(false);
  return (
    <details class="tuning" onToggle={() => setOpened(true)}>
      <summary>Adjust your order</summary>
      {opened && <Sliders />}
    </details>
  );
}

/** The home timeline of whoever is signed in. */
export function Home({ me, order }: { me: User; order: Timeline["order"] }): ComponentChildren {
  const list = useMemo(() => homeList(order), [order]);
  useEffect(() => {
    document.title = "Skein";
  }, []);
  return (
    <>
      <h1 class="unseen">Home timeline</h1>
      <PullToRefresh key={order} list={list} />
      <nav class="tabs" aria-label="Order of the timeline">
        {ORDERS.map((tab) => (
          <a
            key={tab.order}
            href={tab.path}
            aria-current={tab.order === order ? "page" : undefined}
          >
            {tab.label}
          </a>
        ))}
      </nav>
      <PostBox me={me} />
      {order === "ranked" && <Tuning />}
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
            <Suggestions most={5} />
          </div>
        }
      />
    </>
  );
}
