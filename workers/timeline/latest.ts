/** `select` for the `latest` order: no entry comes first, the order of time fills the whole page. */
import { decodeScroll, encodeScroll } from "../../feed/cursor.ts";
import { idCeiling } from "../../feed/ids.ts";
import {
  assumedShownFrom,
  NOTHING_REPOSTED,
  rememberReposts,
} from "../../feed/timeline/reposted.ts";
import type { Deps } from "../deps.ts";
import type { PageRequest, Selection } from "./page.ts";

/** Selects a page of `latest`. @returns null if the cursor is not one of `latest` */
export function selectLatest(deps: Deps, { cursor }: PageRequest): Promise<Selection | null> {
  const position = cursor === null ? null : decodeScroll(cursor);
  if (cursor !== null && position === null) return Promise.resolve(null);
  const reposted = position?.reposted ?? NOTHING_REPOSTED;
  const from = position === null ? 0 : position.shown;
  return Promise.resolve({
    order: "latest",
    entries: [],
    viewerOf: {},
    unknown: [],
    ownChanges: {},
    partial: false,
    watched: false,
    seq: 0,
    rest: {
      assumeShownFrom: position === null ? null : assumedShownFrom(position),
      below: position?.below ?? null,
      skip: reposted.posts,
    },
    counts: new Map(),
    counted: [],
    rankingContext: null,
    from,
    nextCursor: (shown, below) =>
      encodeScroll({
        // A scroll begins at the newest entry that it shows. An older post may be delivered late and
        // land above it: the scroll has not shown that one, so it must not hide an older repost.
        top: position?.top ?? shown[0]?.id ?? idCeiling(deps.nowMs()),
        below,
        shown: from === null ? null : from + shown.length,
        reposted: rememberReposts(reposted, shown, below),
      }),
  });
}
