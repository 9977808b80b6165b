/** Accounts that somebody may want to follow. */
import type { UserId } from "../feed/ids.ts";
import {
  SUGGESTIONS_CANDIDATES_MAX,
  SUGGESTIONS_EACH,
  SUGGESTIONS_MAX,
  SUGGESTIONS_SAMPLE,
  SUGGESTIONS_SAMPLE_FROM,
} from "../feed/limits-people.ts";
import { byFollowers, sampleOf } from "../feed/suggestions.ts";
import type { Account } from "../db/store.ts";
import type { Deps } from "./deps.ts";
import { hiddenFrom } from "./hidden.ts";

/**
 * Whom a sample of those one follows follow, and then the configured accounts. None of them is the viewer,
 * followed, muted or blocked by the viewer, or has blocked them.
 * @throws StoreUnavailable
 */
export async function suggestionsFor(deps: Deps, viewer: UserId): Promise<Account[]> {
  const { graph, accounts } = deps.store;
  const { items: followed } = await graph.following(viewer, null, SUGGESTIONS_SAMPLE_FROM);
  const sample = sampleOf(followed, SUGGESTIONS_SAMPLE, Math.random);
  const [pages, configured] = await Promise.all([
    Promise.all(sample.map((user) => graph.following(user, null, SUGGESTIONS_EACH))),
    accounts.byHandles(deps.config.SUGGESTED_HANDLES),
  ]);
  const ofFollowees = byFollowers(
    pages.map(({ items }) => items),
    new Set([viewer, ...followed]),
  );
  const ofOperator = deps.config.SUGGESTED_HANDLES.flatMap(
    (handle) => configured.get(handle)?.id ?? [],
  );
  const candidates = [...new Set([...ofFollowees, ...ofOperator])]
    .filter((user) => user !== viewer)
    .slice(0, SUGGESTIONS_CANDIDATES_MAX);
  if (candidates.length === 0) return [];
  const [edges, hidden] = await Promise.all([
    graph.edges(candidates.map((followee) => ({ follower: viewer, followee }))),
    hiddenFrom(deps, viewer, candidates),
  ]);
  const follows = new Set(edges.filter((edge) => edge.following).map((edge) => edge.followee));
  const wanted = candidates.filter((user) => !follows.has(user) && !hidden.has(user));
  const found = await accounts.byIds(wanted);
  return wanted.flatMap((user) => found.get(user) ?? []).slice(0, SUGGESTIONS_MAX);
}
