/** Short messages at the edge of the page: the results of the reader's actions. */
import { createStore } from "./store.ts";

/** Long enough for two sentences; hovering or focusing a message keeps it. */
export const TOAST_SHOWN_MS = 8_000;

/** A message. `problem`: an action was refused or undone. */
export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly problem: boolean;
  /** What it is about, so that it can go when that is settled. */
  readonly about: string;
  /** A button of the message. */
  readonly action?: { readonly label: string; readonly run: () => void };
}

let lastId = 0;

/** The message on show, if any: several would cover the page. */
export const toasts = createStore<readonly Toast[]>([]);

/** Shows a message in the place of the one before. */
export function toast(message: Omit<Toast, "id">): void {
  toasts.set([{ id: ++lastId, ...message }]);
}

/** Takes the message about something away, because it is settled. */
export function settled(about: string): void {
  toasts.set(toasts.get().filter((shown) => shown.about !== about));
}

/** Takes every message away, because they are another reader's. */
export function forgetToasts(): void {
  toasts.set([]);
}

/** Takes a message away. */
export function dismiss(id: number): void {
  toasts.set(toasts.get().filter((shown) => shown.id !== id));
}
