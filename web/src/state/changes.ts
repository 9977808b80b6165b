/** Changes to posts, from the live socket or by the reader. */
import type { Frame, Post } from "../../../client/src/wire.ts";

/** The reader's reactions to a post. */
export type Viewer = NonNullable<Post["viewer"]>;

/** A change that the lists of posts apply. */
export type Change =
  | Exclude<Frame, { type: "hello" | "delete" | "profile" }>
  /** An account has another name or picture. */
  | { type: "profile"; user: Post["author"] }
  | { type: "delete"; postId: string }
  /** The socket is open for the first time; pages read before may lack a post. */
  | { type: "connected" }
  /** The socket is open again; missed posts and deletions come next, missed counts do not. */
  | { type: "reconnected" }
  /** The reader has sent a post, which has a local id until the API answers. */
  | { type: "writing"; post: Post }
  /** The API has accepted the post. */
  | { type: "mine"; post: Post; writtenAs: string }
  /** The API has refused the post. */
  | { type: "unsent"; post: Post }
  /** The API has accepted a reaction of the reader, or its end. */
  | { type: "reacted"; postId: string; viewer: Partial<Viewer>; counts: Post["counts"] }
  /** The reader has followed or unfollowed an account. */
  | { type: "follows" }
  /** The reader has unfollowed, muted or blocked an account. */
  | { type: "unwanted"; userId: string };

const listeners = new Set<(change: Change) => void>();

/** Sends a change to every list. */
export function announce(change: Change): void {
  for (const listener of [...listeners]) listener(change);
}

/** Calls `listener` for every change. @returns a function that stops that */
export function onChange(listener: (change: Change) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A post after a change; the same post if the change does not concern it. */
export function postAfter(post: Post, change: Change): Post {
  switch (change.type) {
    case "counts":
      return change.postId === post.id ? { ...post, counts: change.counts } : post;
    case "reacted": {
      if (change.postId !== post.id) return post;
      const before: Viewer = post.viewer ?? { liked: false, reposted: false };
      return { ...post, counts: change.counts, viewer: { ...before, ...change.viewer } };
    }
    case "profile":
      return renamed(post, change.user);
    case "delete":
      return change.postId === post.parent?.id ? { ...post, parent: null } : post;
    case "writing":
      return change.post.replyTo === post.id ? moreReplies(post, 1) : post;
    case "unsent":
      return change.post.replyTo === post.id ? moreReplies(post, -1) : post;
    default:
      return post;
  }
}

/** A post with an account's new name and picture; the same post if it does not show the account. */
export function renamed(post: Post, user: Post["author"]): Post {
  const { author, parent } = post;
  const isParent = parent?.author.id === user.id;
  if (author.id !== user.id && !isParent) return post;
  return {
    ...post,
    author: author.id === user.id ? user : author,
    parent: isParent ? { ...parent, author: user } : parent,
  };
}

function moreReplies(post: Post, more: number): Post {
  const { counts } = post;
  return { ...post, counts: { ...counts, replies: Math.max(0, counts.replies + more) } };
}
