/** The box over the page in which a post or a reply is written without leaving one's place. */
import { createStore } from "./store.ts";

/** What is written: a reply to the post of that id, or a post. */
interface Writing {
  readonly replyTo: string | null;
  /** Tells this opening of the box from the one before, which may not have closed to its end. */
  readonly no: number;
}

/** What is written in the box; null while it is closed. */
export const composer = createStore<Writing | null>(null);

let opened = 0;

/** Opens the box for a reply to the post of that id, or for a post. */
export function write(replyTo: string | null): void {
  opened++;
  composer.set({ replyTo, no: opened });
}
