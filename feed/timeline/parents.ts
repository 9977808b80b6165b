/**
 * What a reply shows of the post it answers. A reply carries a copy of its parent's author and first
 * lines, so that a warm page shows both without another read. A copy goes when the parent is deleted, and
 * a reader who must not see the parent's author gets none.
 */
import type { Entry, ParentCopy, PostBody } from "./entry.ts";
import type { PostId, UserId } from "../ids.ts";
import { PARENT_TEXT_MAX_CHARS, PARENT_TEXT_MAX_LINES } from "../limits-threads.ts";
import type { Viewer } from "./filter.ts";

/** The copy of a post that its replies carry. */
export function parentCopy({ author, text }: PostBody): ParentCopy {
  return { author, text: firstLines(text) };
}

/** The beginning of a text; an ellipsis marks that more follows. */
function firstLines(text: string): string {
  const lines = text.split("\n").slice(0, PARENT_TEXT_MAX_LINES).join("\n");
  const start = [...lines].slice(0, PARENT_TEXT_MAX_CHARS).join("");
  return start.length === text.length ? text : `${start.trimEnd()}…`;
}

/** A post with the copy of its parent; null if the parent is gone. A post that is no reply stays. */
export function withParent(post: PostBody, copy: ParentCopy | null): PostBody {
  return post.replyTo === null ? post : { ...post, replyTo: { ...post.replyTo, copy } };
}

/** The parents of which posts carry neither a copy nor the word that they are gone, each once. */
export function parentsToRead(posts: readonly PostBody[]): PostId[] {
  const parents = posts.flatMap(({ replyTo }) =>
    replyTo === null || replyTo.copy !== undefined ? [] : [replyTo.id],
  );
  return [...new Set(parents)];
}

/** Posts with the parents that were read; a parent that was asked for and not found is gone. */
export function withParents(
  posts: readonly PostBody[],
  asked: ReadonlySet<PostId>,
  found: ReadonlyMap<PostId, PostBody>,
): PostBody[] {
  return posts.map((post) => {
    const { replyTo } = post;
    if (replyTo === null || replyTo.copy !== undefined || !asked.has(replyTo.id)) return post;
    const parent = found.get(replyTo.id);
    return withParent(post, parent === undefined ? null : parentCopy(parent));
  });
}

/** A post without the copies of deleted ones; the same object if it has none. */
export function withoutCopies(post: PostBody, isGone: (parent: PostId) => boolean): PostBody {
  const { replyTo } = post;
  if (replyTo?.copy === undefined || replyTo.copy === null || !isGone(replyTo.id)) return post;
  return withParent(post, null);
}

/** The same for an entry, whose post it may be. */
export function entryWithoutCopies(entry: Entry, isGone: (parent: PostId) => boolean): Entry {
  const post = withoutCopies(entry.post, isGone);
  return post === entry.post ? entry : { ...entry, post };
}

/**
 * A post as a viewer may see it: with no copy of a parent whose author they do not see, so that nothing
 * reads one later either.
 */
export function postSeenBy(post: PostBody, hides: (user: UserId) => boolean): PostBody {
  const { replyTo } = post;
  const isHidden = replyTo !== null && replyTo.copy !== null && hides(replyTo.author);
  return isHidden ? withParent(post, null) : post;
}

/** The same for an entry. Only one's own replies show beside a parent that one does not see. */
export function entrySeenBy(entry: Entry, { hides }: Pick<Viewer, "hides">): Entry {
  const post = postSeenBy(entry.post, hides);
  return post === entry.post ? entry : { ...entry, post };
}
