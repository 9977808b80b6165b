import type { ComponentChildren } from "preact";
import { createStore, useStore } from "../state/store.ts";
import { ago, fullTime } from "../words/wording.ts";

const now = createStore(Date.now());
// Times are shown in minutes, so an update twice a minute keeps them right.
setInterval(() => now.set(Date.now()), 30_000);

/** The time since a moment, with the full date on hover. */
export function When({ at }: { at: string }): ComponentChildren {
  const nowMs = useStore(now);
  return (
    <time dateTime={at} title={fullTime(at)}>
      {ago(at, Math.max(nowMs, Date.now()))}
    </time>
  );
}
