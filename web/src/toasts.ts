/** Short messages at the edge of the page: what happened to something the reader did. */
import { createStore } from "./store.ts";

/** Two sentences are read in less; hovering or focusing a message keeps it. */
export const TOAST_SHOWN_MS = 8_000;
/** More at once would cover what is read; the oldest makes room. */
const TOASTS_MAX = 3;

/** A message. `problem`: something was refused or undone. */
export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly problem: boolean;
  /** What the reader can do about it: a step of this page, or an address of it. */
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
