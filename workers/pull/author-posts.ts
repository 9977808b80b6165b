/** Reads authors' entries, with the parents of replies, from the store, to fill a hot window or an author's feed. */
import type { Store } from "../../db/store.ts";
import { type Id, idCeiling, type UserId } from "../../feed/ids.ts";
import { CLOCK_SKEW_MS } from "../../feed/limits.ts";
import { newestOfAuthors, type Slice } from "../../feed/timeline/merge.ts";
import { readEntryParents } from "../parents.ts";

/** What reading entries needs: the store, and the time in milliseconds since 1970. */
export interface EntryReader {
  store: Pick<Store, "posts">;
  nowMs(): number;
}

/** The newest `want` entries of some authors, down to a horizon (inclusive). @throws StoreUnavailable */
export async function newestInStore(
  deps: EntryReader,
  authors: readonly UserId[],
  downTo: Id,
  want: number,
): Promise<Slice> {
  const below = idCeiling(deps.nowMs() + CLOCK_SKEW_MS);
  const span = { below, downTo, want };
  const slice = await newestOfAuthors(authors, span, (queries, limit) =>
    deps.store.posts.byAuthors(queries, limit),
  );
  return { ...slice, entries: await readEntryParents(deps, slice.entries) };
}
