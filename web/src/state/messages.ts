/** Short messages at the edge of the page: the results of the reader's actions. */
import { createStore } from "./store.ts";

/** Long enough for two sentences; hovering or focusing a message keeps it. */
export const TOAST_SHOWN_MS = 8_000;
/** More messages would cover the page; the oldest is removed. */
const TOASTS_MAX = 3;

/** A message. `problem`: an action was refused or undone. */
export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly problem: boolean;
  /** A button of the message. */
  readonly action?: { readonly label: string; readonly run: () => void };
}

let lastId = 0;

/** The messages on show, oldest first. */
export const toasts = createStore<readonly Toast[]>([]);

/** Shows a message. */
export function toast(message: Omit<Toast, "id">): void {
  toasts.set([...toasts.get(), { id: ++lastId, ...message }].slice(-TOASTS_MAX));
}

/** Takes a message away. */
export function dismiss(id: number): void {
  toasts.set(toasts.get().filter((shown) => shown.id !== id));
}
