/** What an answer shows of posts beside their stored form: counts, and the viewer's reactions. */
import type { PostId, UserId } from "../../feed/ids.ts";
import type { ViewerPostState } from "../../feed/timeline/present.ts";
import type { Reaction } from "../../db/store.ts";
import type { Deps } from "../deps.ts";

/** Reads published counts from KV and the viewer's reactions from the store, by post. */
export async function viewerPostStates(
  deps: Deps,
  posts: readonly PostId[],
  viewer: UserId | null,
): Promise<Map<PostId, ViewerPostState>> {
  const [counts, reactions] = await Promise.all([
    deps.counts.read(posts),
    viewer === null ? [] : deps.store.reactions.reactionsOf(viewer, posts),
  ]);
  const viewers = viewersOf(posts, reactions);
  return new Map(
    posts.map((post) => [
      post,
      { counts: counts.get(post)?.counts, viewer: viewer === null ? undefined : viewers.get(post) },
    ]),
  );
}

/** A viewer's state for each post, from all their reactions to these posts. */
export function viewersOf(
  posts: readonly PostId[],
  reactions: readonly Reaction[],
): Map<PostId, { liked: boolean; reposted: boolean }> {
  const byPost = Map.groupBy(reactions, (reaction) => reaction.post);
  return new Map(
    posts.map((post) => {
      const own = byPost.get(post) ?? [];
      return [
        post,
        {
          liked: own.some((reaction) => reaction.kind === "like"),
          reposted: own.some((reaction) => reaction.kind === "repost"),
        },
      ];
    }),
  );
}
