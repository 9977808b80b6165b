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
  /** What it is about: a later message about the same replaces it. */
  readonly about: string;
  /** A button of the message. */
  readonly action?: { readonly label: string; readonly run: () => void };
}

let lastId = 0;

/** The messages on show, oldest first. */
export const toasts = createStore<readonly Toast[]>([]);

/** Shows a message, instead of an earlier one about the same. */
export function toast(message: Omit<Toast, "id">): void {
  const others = toasts.get().filter(({ about }) => about !== message.about);
  toasts.set([...others, { id: ++lastId, ...message }].slice(-TOASTS_MAX));
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
