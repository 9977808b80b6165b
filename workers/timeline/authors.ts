/** What authors have written, from the store, to fill a hot window. */
import { type Id, idCeiling, type UserId } from "../../feed/ids.ts";
import { CLOCK_SKEW_MS } from "../../feed/limits.ts";
import { newestOfAuthors, type Slice } from "../../feed/merge.ts";
import type { Deps } from "../deps.ts";

/** The newest entries of some authors down to a horizon (inclusive), as many as a hot window holds. */
export function newestInStore(deps: Deps, authors: readonly UserId[], downTo: Id): Promise<Slice> {
  const below = idCeiling(deps.nowMs() + CLOCK_SKEW_MS);
  const span = { below, downTo, want: deps.config.TIMELINE_MAX };
  return newestOfAuthors(authors, span, (asks, some) => deps.store.posts.byAuthors(asks, some));
}
