/** Whether there is a line to the server, for what is to go out once it is back. */
import type { SkeinError } from "../../../client/src/errors.ts";
import { connected } from "./live.ts";

/** Whether a call failed for want of a line, so that repeating it once there is one helps. */
export function failedWithoutLine({ code }: SkeinError): boolean {
  const isDown = !navigator.onLine || connected.get() === false;
  return isDown && (code === "offline" || code === "timeout");
}

/** Waits until the live socket is open again, or nobody is signed in any more. */
export function lineBack(): Promise<void> {
  return new Promise((resolve) => {
    const stop = connected.watch(() => {
      if (connected.get() === false) return;
      stop();
      resolve();
    });
  });
}
