/** What places of the store answer about the newest reposts of originals, put together. */
import type { Id, PostId } from "../../feed/ids.ts";
import type { NewestRead } from "./place.ts";

/** The newest repost of each original; none of an original that a place has left out. */
export function newestOf(answers: readonly NewestRead[]): {
  newest: Map<PostId, Id>;
  unread: Set<PostId>;
} {
  const newest = new Map<PostId, Id>();
  for (const { post, id } of answers.flatMap((answer) => answer.reposts)) {
    if (id > (newest.get(post) ?? "")) newest.set(post, id);
  }
  const unread = new Set(answers.flatMap((answer) => answer.unread));
  for (const post of unread) newest.delete(post);
  return { newest, unread };
}
