/** The list of one-key commands; loads when the reader opens it. */
import type { ComponentChildren } from "preact";
import { helpOpen, keysOn, switchKeys } from "./keyboard.ts";
import { useStore } from "../state/store.ts";
import { Dialog } from "./dialog.tsx";

const KEYS: readonly (readonly [string, string])[] = [
  ["j", "Next post"],
  ["k", "Post before"],
  ["Enter", "Open the post"],
  ["l", "Like"],
  ["t", "Repost"],
  ["r", "Reply"],
  ["n", "New post"],
  [".", "Show new posts"],
  ["g h", "Home"],
  ["g p", "Your profile"],
  ["/", "Find somebody"],
  ["Ctrl Enter", "Send what is written"],
  ["?", "This list"],
];

/** The list, as a box over the page. */
export default function Shortcuts(): ComponentChildren {
  const on = useStore(keysOn);
  return (
    <Dialog title="Keyboard" onClosed={() => helpOpen.set(false)}>
      {() => (
        <>
          <dl class="keys">
            {KEYS.map(([key, what]) => (
              <div key={key}>
                <dt>
                  {key.split(" ").map((part) => (
                    <kbd key={part}>{part}</kbd>
                  ))}
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
          <label class="switch">
            <input
              type="checkbox"
              checked={on}
              onChange={(event) => switchKeys(event.currentTarget.checked)}
            />
            <span>Keys without Ctrl work on this device</span>
          </label>
        </>
      )}
    </Dialog>
  );
}
