/** What crowds read: posts with many reactions or followers, and accounts with many followers. */
import { z } from "zod";
import type { Account, Store } from "../../db/store.ts";
import { isId } from "../../feed/ids.ts";
import { CROWD_FOLLOWERS, CROWD_REACTIONS } from "../../feed/limits.ts";
import { type PostBody, postBodySchema } from "../../feed/timeline/entry.ts";
import type { CrowdSource } from "./crowd-reads.ts";

/** Posts by their ids. */
export function postSource(store: Store): CrowdSource<PostBody> {
  return {
    kind: "posts",
    read: async (id) => (await store.posts.byIds([id])).get(id),
    isCrowded: ({ counts, followers = 0 }) =>
      followers >= CROWD_FOLLOWERS ||
      counts.likes + counts.reposts + counts.replies >= CROWD_REACTIONS,
    parse: (value) => postBodySchema.parse(value),
  };
}

const accountSchema = z.object({
  id: z.string(),
  handle: z.string(),
  name: z.string(),
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
