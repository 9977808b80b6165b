import type { ComponentChildren } from "preact";
import { createStore, useStore } from "../store.ts";
import { ago, fullTime } from "../wording.ts";

const now = createStore(Date.now());
// Times are told in minutes; twice a minute is never far off.
setInterval(() => now.set(Date.now()), 30_000);

/** A moment, as the time since; the full date on hover. */
export function When({ at }: { at: string }): ComponentChildren {
  const nowMs = useStore(now);
  return (
    <time dateTime={at} title={fullTime(at)}>
      {ago(at, Math.max(nowMs, Date.now()))}
    </time>
  );
}
