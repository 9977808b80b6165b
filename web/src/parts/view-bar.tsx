import type { ComponentChildren } from "preact";
import { homePath } from "../router.ts";
import { BackIcon } from "./icons.tsx";

/** The line above a view that one has come to: the way back, and where one is. */
export function ViewBar({ title }: { title: string }): ComponentChildren {
  return (
    <div class="view-bar">
      <a
        class="back"
        href={homePath()}
        aria-label="Back"
        onClick={(event) => {
          if (history.length < 2) return; // opened by its address: the link leads home
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
