import type { ComponentChildren } from "preact";
import { homePath } from "../route/router.ts";
import { BackIcon } from "./icons.tsx";

/** The line above a view: a way back, and the view's title. */
export function ViewBar({ title }: { title: string }): ComponentChildren {
  return (
    <div class="view-bar">
      <a
        class="back"
        href={homePath()}
        aria-label="Back"
        onClick={(event) => {
          if (history.length < 2) return; // without a history, the link leads home
          event.preventDefault();
          history.back();
        }}
      >
        <BackIcon />
      </a>
      <span aria-hidden="true">{title}</span>
    </div>
  );
}
