/**
 * Source: the store, for what is below the warm timeline. It reads the entries of the viewer and of
 * everyone they follow, filters them as the warm timeline does, and shows each original at its newest
 * occurrence.
 */
import { belongs } from "../../feed/timeline/filter.ts";
import { BEGINNING, type Id, type UserId } from "../../feed/ids.ts";
import { newestOfAuthors, type Slice } from "../../feed/timeline/merge.ts";
import type { Deps } from "../deps.ts";
import { readFollowees } from "./home-source.ts";
import type { ReadContext } from "./page.ts";

/** Reads up to `want` entries below an id (exclusive); occurrences count at or below `top`. */
export type ReadArchive = (query: { top: Id; below: Id; want: number }) => Promise<Slice>;

/** Reads whom the viewer follows and hides, once for all reads of their archive. @throws ObjectUnavailable, StoreUnavailable */
export async function openArchive(
  deps: Deps,
  { viewer: reader, hint }: Pick<ReadContext, "viewer" | "hint">,
): Promise<ReadArchive> {
  const [followees, relations] = await Promise.all([
    readFollowees(deps, reader, hint),
    deps.store.relations.relations(reader, null),
  ]);
  const followed = new Set(followees);
  const hidden = new Set(relations.filter((r) => r.active).map((relation) => relation.target));
  const viewer = {
    id: reader,
    follows: (user: UserId) => followed.has(user),
    hides: (user: UserId) => hidden.has(user),
  };
  const authors = [reader, ...followees.filter((user) => !hidden.has(user))];
  return async ({ top, below, want }) => {
    const span = { below, downTo: BEGINNING, want };
    const older = await newestOfAuthors(authors, span, (queries, limit) =>
      deps.store.posts.byAuthors(queries, limit),
    );
    const visible = older.entries.filter((entry) => belongs(entry, viewer));
    const originals = visible.map((entry) => entry.post.id);
    const newest = await deps.store.reactions.newestReposts(originals, authors, top);
    const entries = visible.filter((entry) => entry.id >= (newest.get(entry.post.id) ?? entry.id));
    return { entries, horizon: older.horizon };
  };
}
