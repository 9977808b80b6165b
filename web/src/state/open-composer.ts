/** Which box for writing is open over the page, so that the reader keeps their place. */
import { createStore } from "./store.ts";

/** A box for a reply to the post with this id, or for a post. */
interface Writing {
  readonly replyTo: string | null;
  /** A number for each opening, because the box before may still be closing. */
  readonly no: number;
}

/** The open box; null while it is closed. */
export const composer = createStore<Writing | null>(null);

let opened = 0;

/** Opens the box for a reply to the post with this id, or for a post. */
export function write(replyTo: string | null): void {
  opened++;
  composer.set({ replyTo, no: opened });
}
