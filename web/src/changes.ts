/** What happened to posts, from the live socket or by the reader's own hand. */
import type { Frame, Post } from "../../feed/wire.ts";

/** What the reader did to a post. */
export type Viewer = NonNullable<Post["viewer"]>;

/** A change that lists of posts on this page take in. */
export type Change =
  | Exclude<Frame, { type: "hello" | "delete" }>
  | { type: "delete"; postId: string }
  /** The socket is up for the first time: what was read before it may lack a post. */
  | { type: "connected" }
  /** The socket is up again; what was missed comes next, but for counts. */
  | { type: "reconnected" }
  /** The reader has sent a post, which has an id of this page's until it is answered. */
  | { type: "writing"; post: Post }
  /** The post was taken. */
  | { type: "mine"; post: Post; writtenAs: string }
  /** The post was refused. */
  | { type: "unsent"; post: Post }
  /** A like or repost of the reader was taken, or taken back. */
  | { type: "reacted"; postId: string; viewer: Partial<Viewer>; counts: Post["counts"] }
  /** The reader follows other people than before. */
  | { type: "follows" }
  /** The reader does not want to see an account any more. */
  | { type: "unwanted"; userId: string };

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

/** A post after a change to it; the same post if the change is none of its own. */
export function postAfter(post: Post, change: Change): Post {
  switch (change.type) {
    case "counts":
      return change.postId === post.id ? { ...post, counts: change.counts } : post;
    case "reacted": {
      if (change.postId !== post.id) return post;
      const before: Viewer = post.viewer ?? { liked: false, reposted: false };
      return { ...post, counts: change.counts, viewer: { ...before, ...change.viewer } };
    }
    case "writing":
      return change.post.replyTo === post.id ? moreReplies(post, 1) : post;
    case "unsent":
      return change.post.replyTo === post.id ? moreReplies(post, -1) : post;
    default:
      return post;
  }
}

function moreReplies(post: Post, more: number): Post {
  const { counts } = post;
  return { ...post, counts: { ...counts, replies: Math.max(0, counts.replies + more) } };
}
