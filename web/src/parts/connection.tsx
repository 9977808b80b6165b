import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { connected } from "../net/live.ts";
import { createStore, useStore } from "../state/store.ts";

/** A shorter break is not shown. */
const MENTIONED_AFTER_MS = 1_500;

const online = createStore(navigator.onLine);
addEventListener("online", () => online.set(true));
addEventListener("offline", () => online.set(false));

/** Whether new posts arrive live: a dot while they do, a word while they do not. */
export function Connection(): ComponentChildren {
  const up = useStore(connected);
  const network = useStore(online);
  const [late, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    if (up === true) return undefined;
    const timer = setTimeout(() => setLate(true), MENTIONED_AFTER_MS);
    return () => clearTimeout(timer);
  }, [up]);
  const state = !network ? "offline" : up === true ? "live" : late ? "reconnecting" : "pausing";
  const label = { offline: "Offline", live: "Live", reconnecting: "Reconnecting…", pausing: "" };
  return (
    <p class="connection" data-state={state} role="status">
      <i aria-hidden="true" />
      <span>{label[state]}</span>
    </p>
  );
}
