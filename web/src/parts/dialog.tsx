import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { CloseIcon } from "./icons.tsx";

/**
 * A box over the page. It holds the focus, Escape closes it, and the focus then returns to where it was.
 * Its parent renders it while it is open; `onClosed` tells the parent to stop.
 */
export function Dialog({
  title,
  onClosed,
  children,
}: {
  title: string;
  onClosed: () => void;
  children: (close: () => void) => ComponentChildren;
}): ComponentChildren {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useLayoutEffect(() => {
    const opened = dialog.current;
    if (opened?.open === false) opened.showModal();
    return () => opened?.close();
  }, []);
  const close = (): void => dialog.current?.close();
  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onClose={onClosed}
      // A click on the backdrop has the dialog as its target; a click on the content does not.
      onClick={(event) => event.target === dialog.current && close()}
    >
      <div class="dialog">
        <header>
          <h2 id={titleId}>{title}</h2>
          <button type="button" class="quiet" aria-label="Close" onClick={close}>
            <CloseIcon />
          </button>
        </header>
        {children(close)}
      </div>
    </dialog>
  );
}
