/** Those whom one has muted or blocked. */
import type { ComponentChildren } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { People } from "../parts/people.tsx";
import { ViewBar } from "../parts/view-bar.tsx";
import { place } from "../route/router.ts";
import { hiddenList } from "../state/people-list.ts";
import { useStore } from "../state/store.ts";

const WORDS = {
  muted: { title: "Muted", none: "You have muted nobody." },
  blocked: { title: "Blocked", none: "You have blocked nobody." },
} as const;

/** The view of `/muted` and `/blocked`. */
export default function Hidden(): ComponentChildren {
  const { route, visit } = useStore(place);
  const relation = route.name === "hidden" ? route.relation : "muted";
  const list = useMemo(() => hiddenList(relation, visit), [relation, visit]);
  const { title, none } = WORDS[relation];
  useEffect(() => {
    document.title = `${title} · Skein`;
  }, [title]);
  return (
    <>
      <ViewBar title={title} />
      <h1 class="unseen">{title}</h1>
      <nav class="tabs" aria-label="Whom you do not see">
        {(["muted", "blocked"] as const).map((one) => (
          <a key={one} href={`/${one}`} aria-current={one === relation ? "page" : undefined}>
            {WORDS[one].title}
          </a>
        ))}
      </nav>
      <People quiet list={list} label={title} empty={<p class="notice">{none}</p>} />
    </>
  );
}
