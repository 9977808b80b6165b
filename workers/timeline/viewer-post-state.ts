/** What a page shows of posts beside what is stored with them: counts, and what the viewer did. */
import type { PostId, UserId } from "../../feed/ids.ts";
import type { ViewerPostState } from "../../feed/timeline/present.ts";
import type { Reaction } from "../../db/store.ts";
import type { Deps } from "../deps.ts";

/** Counts as last published, and the viewer's reactions from the store, by post. */
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

/** What somebody did to each of some posts, from all their reactions to them. */
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
