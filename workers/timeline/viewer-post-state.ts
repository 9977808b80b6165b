/** What an answer shows of posts beside their stored form: counts, and the viewer's reactions. */
import { errorText } from "../../feed/error-text.ts";
import type { PostId, UserId } from "../../feed/ids.ts";
import type { ViewerPostState } from "../../feed/timeline/present.ts";
import type { Reaction } from "../../db/store.ts";
import type { Counts } from "../../feed/timeline/entry.ts";
import type { Deps } from "../deps.ts";
import { ObjectUnavailable } from "../../durable-objects/objects.ts";
import { countsWithOwn } from "./own-changes.ts";

/** Which posts, and whether their counts are the newest of KV, or as new as those of any page. */
export interface PostsToShow {
  posts: readonly PostId[];
  counts: "newest" | "kept";
}

/**
 * Reads published counts and, from the store, the viewer's reactions, by post. What the viewer has just done is in the
 * counts.
 * @param hint where to place the viewer's timeline if this is the first call to it
 */
export async function viewerPostStates(
  deps: Deps,
  { posts, counts }: PostsToShow,
  viewer: UserId | null,
  hint: DurableObjectLocationHint | null,
): Promise<Map<PostId, ViewerPostState>> {
  const [published, reactions, own] = await Promise.all([
    counts === "newest" ? deps.counts.readNewest(posts) : deps.counts.read(posts),
    viewer === null ? [] : deps.store.reactions.reactionsOf(viewer, posts),
    viewer === null ? NO_COUNTS : readOwnCounts(deps, { viewer, hint }, posts),
  ]);
  const viewers = viewersOf(posts, reactions);
  return new Map(
    posts.map((post) => [
      post,
      {
        counts: own.get(post) ?? published.get(post)?.counts,
        viewer: viewer === null ? undefined : viewers.get(post),
      },
    ]),
  );
}

const NO_COUNTS: ReadonlyMap<PostId, Counts> = new Map();

/** The counts of those posts that the viewer has just changed; none if their timeline is out of reach. */
async function readOwnCounts(
  deps: Deps,
  { viewer, hint }: { viewer: UserId; hint: DurableObjectLocationHint | null },
  posts: readonly PostId[],
): Promise<ReadonlyMap<PostId, Counts>> {
  if (posts.length === 0) return NO_COUNTS;
  try {
    const changes = await deps.homes.call(
      viewer,
      async (home) => await home.ownChanges(posts),
      hint,
    );
    return await countsWithOwn(deps, changes);
  } catch (error) {
    if (!(error instanceof ObjectUnavailable)) throw error;
    console.warn("a viewer's own changes may be missing in counts", {
      viewer,
      error: errorText(error),
    });
    return NO_COUNTS;
  }
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
