/** Pulling the page down at its top, on a touch screen, reads the list again. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { PostList } from "../state/post-list.ts";
import { useStore } from "../state/store.ts";

/** How far a finger pulls before letting go reads the list again, in CSS pixels. */
const FAR_PX = 80;
/** The page follows a finger at this share of its way, and no further than `OPEN_MAX_PX`. */
const FOLLOWS = 0.5;
const OPEN_MAX_PX = 64;

/** How far the finger has pulled, in CSS pixels. @param onPulled called when a finger lets go far enough down */
function usePull(onPulled: () => void): number {
  const [pulledPx, setPulled] = useState(0);
  useEffect(() => {
    let startY: number | null = null;
    let px = 0;
    const set = (now: number): void => {
      px = now;
      setPulled(now);
    };
    const onStart = ({ touches }: TouchEvent): void => {
      const [finger] = touches;
      const isFree = touches.length === 1 && scrollY <= 0;
      startY =
        isFree && document.querySelector("dialog[open]") === null
          ? (finger?.clientY ?? null)
          : null;
    };
    const onMove = ({ touches }: TouchEvent): void => {
      if (startY === null) return;
      // A page that scrolls meanwhile is read, not pulled.
      if (touches.length !== 1 || scrollY > 0) startY = null;
      set(startY === null ? 0 : Math.max(0, (touches[0]?.clientY ?? 0) - startY));
    };
    const onEnd = (): void => {
      const isFar = startY !== null && px >= FAR_PX;
      startY = null;
      if (px > 0) set(0);
      if (isFar) onPulled();
    };
    const onCancel = (): void => {
      startY = null;
      set(0);
    };
    const passive = { passive: true };
    addEventListener("touchstart", onStart, passive);
    addEventListener("touchmove", onMove, passive);
    addEventListener("touchend", onEnd, passive);
    addEventListener("touchcancel", onCancel, passive);
    return () => {
      removeEventListener("touchstart", onStart);
      removeEventListener("touchmove", onMove);
      removeEventListener("touchend", onEnd);
      removeEventListener("touchcancel", onCancel);
    };
  }, [onPulled]);
  return pulledPx;
}

/** The strip that opens above a list while it is pulled. */
export function PullToRefresh({ list }: { list: PostList }): ComponentChildren {
  const [asked, setAsked] = useState(false);
  const { reading } = useStore(list.state);
  const [onPulled] = useState(() => (): void => {
    setAsked(true);
    void list.reload().finally(() => setAsked(false));
  });
  const pulledPx = usePull(onPulled);
  const isReading = asked && reading === "top";
  const openPx = isReading ? OPEN_MAX_PX : Math.min(OPEN_MAX_PX, pulledPx * FOLLOWS);
  return (
    <div class="pull-strip" style={{ height: `${openPx}px` }} role="status">
      {isReading && "Looking for new posts"}
      {!isReading && pulledPx > 0 && (
        <span aria-hidden="true">
          {pulledPx >= FAR_PX ? "Let go to look for new posts" : "Pull to look for new posts"}
        </span>
      )}
    </div>
  );
}
