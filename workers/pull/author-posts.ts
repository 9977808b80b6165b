/** What authors have written, from the store, to fill a hot window or an outbox. */
import { type Id, idCeiling, type UserId } from "../../feed/ids.ts";
import { CLOCK_SKEW_MS } from "../../feed/limits.ts";
import { newestOfAuthors, type Slice } from "../../feed/timeline/merge.ts";
import type { Deps } from "../deps.ts";

/** The newest `want` entries of some authors, down to a horizon (inclusive). */
export function newestInStore(
  deps: Pick<Deps, "store" | "nowMs">,
  authors: readonly UserId[],
  downTo: Id,
  want: number,
): Promise<Slice> {
  const below = idCeiling(deps.nowMs() + CLOCK_SKEW_MS);
  const span = { below, downTo, want };
  return newestOfAuthors(authors, span, (asks, some) => deps.store.posts.byAuthors(asks, some));
}
