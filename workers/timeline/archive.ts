/**
 * The store as a source: entries of the viewer and everyone followed below an id, filtered as the
 * warm timeline is, each original at its newest occurrence.
 */
import { belongs } from "../../feed/timeline/filter.ts";
import { BEGINNING, type Id, type UserId } from "../../feed/ids.ts";
import { newestOfAuthors, type Slice } from "../../feed/timeline/merge.ts";
import type { Deps } from "../deps.ts";
import { readFollowees } from "./home-source.ts";

/** Reads up to `want` entries below an id (exclusive); occurrences count at or below `top`. */
export type ReadArchive = (ask: { top: Id; below: Id; want: number }) => Promise<Slice>;

/** Opens a viewer's archive. @throws ObjectUnavailable, StoreUnavailable */
export async function openArchive(
  deps: Deps,
  ask: { viewer: UserId; hint: DurableObjectLocationHint | null },
): Promise<ReadArchive> {
  const [followees, relations] = await Promise.all([
    readFollowees(deps, ask.viewer, ask.hint),
    deps.store.relations.relations(ask.viewer, null),
  ]);
  const followed = new Set(followees);
  const hidden = new Set(relations.filter((r) => r.active).map((relation) => relation.target));
  const viewer = {
    id: ask.viewer,
    follows: (user: UserId) => followed.has(user),
    hides: (user: UserId) => hidden.has(user),
  };
  const authors = [ask.viewer, ...followees.filter((user) => !hidden.has(user))];
  return async ({ top, below, want }) => {
    const span = { below, downTo: BEGINNING, want };
    const older = await newestOfAuthors(authors, span, (asks, some) =>
      deps.store.posts.byAuthors(asks, some),
    );
    const visible = older.entries.filter((entry) => belongs(entry, viewer));
    const originals = visible.map((entry) => entry.post.id);
    const newest = await deps.store.reactions.newestReposts(originals, authors, top);
    const entries = visible.filter((entry) => entry.id >= (newest.get(entry.post.id) ?? entry.id));
    return { entries, horizon: older.horizon };
  };
}
