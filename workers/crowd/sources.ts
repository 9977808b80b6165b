/** What crowds read: posts with many reactions, or of authors with many followers, their replies, and such accounts. */
import { z } from "zod";
import type { Account, PostStore, Store } from "../../db/store.ts";
import { type Id, isId, type PostId } from "../../feed/ids.ts";
import { CROWD_FOLLOWERS, CROWD_REACTIONS, PAGE_DEFAULT_ITEMS } from "../../feed/limits.ts";
import { type PostBody, postBodySchema } from "../../feed/timeline/entry.ts";
import type { CrowdSource } from "./crowd-reads.ts";

/** Posts by their ids. */
export function postSource(store: Store): CrowdSource<PostBody> {
  return {
    kind: "posts",
    read: async (id) => (await store.posts.byIds([id])).get(id),
    isCrowded: isCrowdedPost,
    parse: (value) => postBodySchema.parse(value),
  };
}

/** Whether so many have reacted to a post, or follow its author, that a crowd may open it at once. */
export function isCrowdedPost({ counts, followers = 0 }: PostBody): boolean {
  return (
    followers >= CROWD_FOLLOWERS ||
    counts.likes + counts.reposts + counts.replies >= CROWD_REACTIONS
  );
}

/** The newest replies to a post. */
export interface Replies {
  items: PostBody[];
  /** Where the older ones begin; null if these are all. */
  next: Id | null;
}

const repliesSchema = z.object({ items: z.array(postBodySchema), next: z.string().nullable() });

/** The newest `PAGE_DEFAULT_ITEMS` replies to posts that a crowd reads, by the posts' ids. */
export function replySource({ posts }: Store): CrowdSource<Replies> {
  return {
    kind: "replies",
    read: (parent) => repliesTo(posts, parent, null, PAGE_DEFAULT_ITEMS),
    isCrowded: () => true,
    parse: (value) => repliesSchema.parse(value),
  };
}

/** Reads the replies to a post that exist. */
export async function repliesTo(
  posts: PostStore,
  parent: PostId,
  below: Id | null,
  limit: number,
): Promise<Replies> {
  const { items, next } = await posts.replies(parent, below, limit);
  const bodies = await posts.byIds(items);
  return { items: items.flatMap((id) => bodies.get(id) ?? []), next };
}

const accountSchema = z.object({
  id: z.string(),
  handle: z.string(),
  name: z.string(),
  bio: z.string(),
  avatarUrl: z.string().nullable(),
  profileVersion: z.int(),
  epoch: z.int(),
  migrating: z.boolean(),
  counts: z.object({ followers: z.int(), following: z.int(), posts: z.int() }),
}) satisfies z.ZodType<Account>;

/** Accounts by their ids, or by `@` and their handles. */
export function accountSource({ accounts }: Store): CrowdSource<Account> {
  return {
    kind: "accounts",
    read: async (ref) => {
      if (ref.startsWith("@")) return (await accounts.byHandles([ref.slice(1)])).get(ref.slice(1));
      return isId(ref) ? (await accounts.byIds([ref])).get(ref) : undefined;
    },
    isCrowded: ({ counts }) => counts.followers >= CROWD_FOLLOWERS,
    parse: (value) => accountSchema.parse(value),
  };
}
