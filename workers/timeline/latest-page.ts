/** One page of the `latest` timeline. */
import type { ScrollPosition } from "../../feed/cursor.ts";
import type { Entry } from "../../feed/timeline/entry.ts";
import { BEGINNING, type Id, idCeiling } from "../../feed/ids.ts";
import { presentEntry } from "../../feed/timeline/present.ts";
import {
  NOTHING_REPOSTED,
  rememberReposts,
  assumedShownFrom,
} from "../../feed/timeline/reposted.ts";
import type { Deps } from "../deps.ts";
import { knownOfPage } from "./known-of-page.ts";
import type { PageRequest, TimelinePage } from "./page.ts";
import { type Found, readScroll } from "./scroll.ts";

/** Reads a page of `latest`. @throws ObjectUnavailable, StoreUnavailable */
export async function latestPage(
  deps: Deps,
  ask: PageRequest<ScrollPosition>,
): Promise<TimelinePage<ScrollPosition>> {
  const { viewer, limit, stages, position } = ask;
  // One more than a page holds: it tells whether there is a next page.
  const reposted = position?.reposted ?? NOTHING_REPOSTED;
  const found = await readScroll(deps, ask, {
    assumeShownFrom: position === null ? null : assumedShownFrom(position),
    below: position?.below ?? null,
    want: limit + 1,
    skip: reposted.posts,
  });
  const shown = found.entries.slice(0, limit);
  const posts = shown.map((entry) => entry.post.id);
  const [counts, known] = await stages.time("counts", () =>
    Promise.all([deps.counts.read(posts), knownOfPage(deps, viewer, found, posts)]),
  );
  const from = position === null ? 0 : position.shown;
  const count = from === null ? null : from + shown.length;
  const top = position?.top ?? topOf(deps, shown);
  const below = nextOf(found, shown, limit);
  return {
    items: shown.map((entry) => {
      const { id } = entry.post;
      return presentEntry(entry, viewer, { counts: counts.get(id)?.counts, viewer: known.get(id) });
    }),
    next:
      below === null
        ? null
        : { top, below, shown: count, reposted: rememberReposts(reposted, shown, below) },
    partial: found.partial,
    served: { entries: shown, counts, known, rankingContext: null, from },
  };
}

/**
 * Where a scroll that begins now begins: at the newest entry shown, for what comes in above it from
 * now on, made earlier and delivered late, was not shown either and must hide nothing.
 */
function topOf(deps: Deps, shown: readonly Entry[]): Id {
  return shown[0]?.id ?? idCeiling(deps.nowMs());
}

/** Below what the next page begins; null at the beginning of history. */
export function nextOf(found: Found, shown: readonly Entry[], limit: number): Id | null {
  const last = shown.at(-1);
  if (found.entries.length > limit && last !== undefined) return last.id;
  return found.horizon === BEGINNING ? null : found.horizon;
}
