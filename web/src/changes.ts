/** What happened to posts, from the live socket or by the reader's own hand. */
import type { Frame, Post } from "../../feed/wire.ts";

/** A change that lists of posts on this page take in. */
export type Change =
  | Exclude<Frame, { type: "hello" | "delete" }>
  | { type: "delete"; postId: string }
  /** The socket is up for the first time: what was read before it may lack a post. */
  | { type: "connected" }
  /** The reader posted. */
  | { type: "mine"; post: Post }
  /** The reader followed or unfollowed somebody. */
  | { type: "follows" };

const listeners = new Set<(change: Change) => void>();

/** Tells every list. */
export function announce(change: Change): void {
  for (const listener of [...listeners]) listener(change);
}

/** Hears of every change; the answer ends that. */
export function onChange(listener: (change: Change) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
