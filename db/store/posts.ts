/** Posts and replies: publishing, deleting and reading them. */
import type { Job } from "../../feed/delivery/jobs.ts";
import type { Id, PostId, UserId } from "../../feed/ids.ts";
import type { PostBody } from "../../feed/timeline/entry.ts";
import type { AuthorQuery, Slice } from "../../feed/timeline/merge.ts";
import type { Page } from "./page.ts";

/** A post to publish. */
export interface NewPost {
  id: PostId;
  author: UserId;
  text: string;
  replyTo: { id: PostId; author: UserId } | null;
}

/** Ties a request to the post that it made, so that a repeated request makes no second one. */
export interface IdempotencyKey {
  key: string;
  /** Digest of the request's body, in hexadecimal. */
  digest: string;
  /** Keys whose posts are older than this id have expired. */
  expireBelow: Id;
}

export type Published =
  | { status: "published" }
  /** An earlier request with the same key and body made this post. */
  | { status: "replayed"; post: PostId }
  /** An earlier request used the key with another body. */
  | { status: "conflict" };

export interface PublishStore {
  /** Writes a post and its jobs in one step, or writes nothing. */
  publish(post: NewPost, jobs: readonly Job[], key: IdempotencyKey | null): Promise<Published>;
  /** What an earlier request with this key did; null if the key is new. */
  replay(author: UserId, key: IdempotencyKey): Promise<Published | null>;
  /** Deletes a post and writes the jobs of the deletion in one step. @returns false if it did not exist */
  remove(post: { id: PostId; author: UserId }, jobs: readonly Job[]): Promise<boolean>;
}

export interface PostReadStore {
  /** Reads the posts that exist, with their authors' current cards and counts. */
  byIds(ids: readonly PostId[]): Promise<Map<PostId, PostBody>>;
  /** The posts and reposts that exist. Cheap, and as current as the last write. */
  existing(ids: readonly PostId[]): Promise<Set<PostId>>;
  /**
   * Reads up to `limit` entries of each author, newest first, none below `downTo`. With `maxRows` a shard
   * that has too many of the authors reads about so many rows, and their slices end where it stopped.
   */
  byAuthors(
    queries: readonly AuthorQuery[],
    span: { downTo: Id; limit: number; maxRows?: number },
  ): Promise<Map<UserId, Slice>>;
}

/** Whether a reply exists. No two of a call are the same. */
export interface ReplyState {
  reply: PostId;
  parent: PostId;
  exists: boolean;
}

export interface ReplyStore {
  /** Adds replies that exist to the lists and counts of their parents, and removes the others. */
  setReplies(replies: readonly ReplyState[]): Promise<void>;
  /** Reads replies to a post, newest first, below an id. */
  replies(parent: PostId, below: Id | null, limit: number): Promise<Page<PostId, Id>>;
}

export type PostStore = PublishStore & PostReadStore & ReplyStore;
