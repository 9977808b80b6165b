import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useStore } from "../state/store.ts";
import { dismiss, type Toast, TOAST_SHOWN_MS, toasts } from "../state/messages.ts";
import { CloseIcon } from "./icons.tsx";

function ToastView({ toast: { id, text, problem, action } }: { toast: Toast }): ComponentChildren {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return undefined;
    const timer = setTimeout(() => dismiss(id), TOAST_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [id, held]);
  const run = (): void => {
    dismiss(id);
    action?.run();
  };
  return (
    <li
      class={problem ? "toast bad" : "toast"}
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocusCapture={() => setHeld(true)}
      onBlurCapture={() => setHeld(false)}
    >
      <p>{text}</p>
      {action !== undefined && (
        <button type="button" class="link" onClick={run}>
          {action.label}
        </button>
      )}
      <button type="button" class="quiet" aria-label="Dismiss" onClick={() => dismiss(id)}>
        <CloseIcon />
      </button>
    </li>
  );
}

/** Messages at the edge of the page; a screen reader announces each one. */
export function Toasts(): ComponentChildren {
  return (
    <div class="toasts" role="status" aria-label="Messages">
      <ul>
        {useStore(toasts).map((toast) => (
          <ToastView key={toast.id} toast={toast} />
        ))}
      </ul>
    </div>
  );
}
