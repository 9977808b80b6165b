/** Neighbours of a list that answer one another, which the page draws as one thread. */
import type { ListItem } from "./list-reducer.ts";

/** A thread with more posts than this shows its first and its last ones, until the reader asks for all. */
export const THREAD_MAX_POSTS = 3;

function answers(reply: ListItem, parent: ListItem): boolean {
  return reply.post.replyTo !== null && reply.post.replyTo === parent.post.id;
}

function areNeighbours(a: ListItem, b: ListItem): boolean {
  // A repost has its reposter above it, which would stand in the middle of the thread.
  if (a.reason.kind === "repost" || b.reason.kind === "repost") return false;
  return answers(a, b) || answers(b, a);
}

/**
 * Items in runs of neighbours that answer one another, most of them of one item. A list has the newest
 * first, and a run has what is answered before its answers.
 */
export function threadsOf(items: readonly ListItem[]): ListItem[][] {
  const runs: ListItem[][] = [];
  for (const item of items) {
    const run = runs.at(-1);
    const before = run?.at(-1);
    if (run !== undefined && before !== undefined && areNeighbours(before, item)) run.push(item);
    else runs.push([item]);
  }
  return runs.map((run) => run.toSorted((a, b) => (a.post.id < b.post.id ? -1 : 1)));
}
