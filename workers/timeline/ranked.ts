/**
 * `select` for the `ranked` order. The first page computes the order of the best entries, and the
 * cursor carries it, so that no later page can lose it. The order of time then fills the scroll with
 * what was not ranked, down to the beginning of history: it leaves out what the scroll has shown, and
 * keeps what was ranked and could not be shown.
 */
import {
  decodeRanked,
  encodeRanked,
  type RankedPosition,
  rememberShown,
} from "../../feed/cursor.ts";
import { type Id, idAfter } from "../../feed/ids.ts";
import { itemFacts } from "../../feed/rank/facts.ts";
import { rank } from "../../feed/rank/rank.ts";
import { NO_STEERING } from "../../feed/rank/steering.ts";
import { showOnce } from "../../feed/timeline/filter.ts";
import { repostedOf } from "../../feed/timeline/entry.ts";
import { assumedShownFrom, NOTHING_REPOSTED } from "../../feed/timeline/reposted.ts";
import type { Deps } from "../deps.ts";
import { readCandidates, stillVisiblePulled } from "./candidates.ts";
import { readListed } from "./home-source.ts";
import type { PageEntries, PageRequest, ReadContext, Selection } from "./page.ts";

/** What of the ranked order is on a page, and what waits for later pages. */
type RankedHead = Pick<Selection, "counts" | "counted" | "rankingContext"> &
  PageEntries & {
    waiting: readonly Id[];
    /** Whether the ranked order holds the whole timeline. */
    whole: boolean;
  };

const NO_ENTRIES: PageEntries = {
  entries: [],
  viewerOf: {},
  unknown: [],
  ownChanges: {},
  partial: false,
  watched: false,
  seq: 0,
};
const NOTHING_RANKED = { whole: false, counts: new Map(), counted: [], rankingContext: null };

/**
 * Selects a page of `ranked`. @returns null if the cursor is not one of `ranked`
 * @throws ObjectUnavailable, StoreUnavailable
 */
export async function selectRanked(deps: Deps, request: PageRequest): Promise<Selection | null> {
  const { cursor } = request;
  if (cursor === null) {
    const { position, head } = await rankFirstPage(deps, request);
    return selectionOf(position, head);
  }
  const position = decodeRanked(cursor);
  if (position === null) return null;
  return selectionOf(position, await continueOrder(deps, request, position));
}

function selectionOf(position: RankedPosition, head: RankedHead): Selection {
  const { waiting, whole, ...selected } = head;
  const ranked = head.entries.map(({ post }) => post.id);
  const { below, served, reposted } = position;
  const ended = whole && waiting.length === 0;
  return {
    ...selected,
    order: "ranked",
    rest: ended
      ? null
      : {
          assumeShownFrom: assumedShownFrom(position),
          below,
          skip: [...served, ...reposted.posts, ...ranked],
        },
    from: position.shown,
    nextCursor: (shown, nextBelow) =>
      encodeRanked({
        ...position,
        ...rememberShown(position, { ranked, tail: shown.slice(ranked.length) }, nextBelow),
        waiting,
        below: nextBelow,
        shown: position.shown + shown.length,
      }),
  };
}

/** Ranks the candidates of a scroll that begins now. */
async function rankFirstPage(
  deps: Deps,
  request: PageRequest,
): Promise<{ position: RankedPosition; head: RankedHead }> {
  const { stages, limit } = request;
  const candidates = await readCandidates(deps, request);
  const { seen, viewer, viewerOf, top, steering = NO_STEERING } = candidates;
  const answered = new Set(candidates.answered);
  const posts = candidates.entries.map((entry) => entry.post.id);
  const [counts, model] = await stages.time("counts", () =>
    Promise.all([deps.counts.read(posts, repostedOf(candidates.entries)), deps.models.current()]),
  );
  const ranked = await stages.time("rank", () => {
    const all = candidates.entries.map((entry) => {
      const post = entry.post.id;
      const state = { ...counts.get(post), seen: seen[post], viewer: viewerOf[post] };
      const facts = itemFacts(entry, request.viewer, state);
      return { entry, facts, answered: answered.has(post) };
    });
    return Promise.resolve(rank(model, viewer, all, { steering, nowMs: deps.nowMs() }));
  });
  const order = ranked.map(({ entry }) => entry);
  const position = {
    top,
    waiting: [],
    below: idAfter(top),
    served: [],
    reposted: NOTHING_REPOSTED,
    shown: 0,
  };
  const head = {
    ...candidates,
    entries: order.slice(0, limit),
    waiting: order.slice(limit).map(({ id }) => id),
    counts,
    counted: posts,
    rankingContext: { viewer, seen, answered: [...answered], steering },
  };
  return { position, head };
}

/** Takes the next entries of the order that the cursor carries, of those that are still visible. */
async function continueOrder(
  deps: Deps,
  request: PageRequest,
  position: RankedPosition,
): Promise<RankedHead> {
  const { waiting, top } = position;
  if (waiting.length === 0) {
    return { ...NO_ENTRIES, ...NOTHING_RANKED, waiting };
  }
  const visible = await stillVisible(deps, request, waiting, top);
  // The scroll may have shown a post elsewhere since: as a repost that was delivered late.
  const served = new Set([...position.served, ...position.reposted.posts]);
  const entries = showOnce(visible.entries, served).slice(0, request.limit);
  const last = entries.length < request.limit ? undefined : entries.at(-1);
  const left = last === undefined ? [] : waiting.slice(waiting.indexOf(last.id) + 1);
  return { ...visible, ...NOTHING_RANKED, entries, waiting: left };
}

/** The entries that are still visible, in the order given. */
async function stillVisible(
  deps: Deps,
  context: ReadContext,
  ids: readonly Id[],
  top: Id,
): Promise<PageEntries> {
  const { viewer, hint, stages } = context;
  const home = await stages.time("home", () => readListed(deps, viewer, hint, { ids, top }));
  const visible = new Map(home.entries.map((entry) => [entry.id, entry]));
  const elsewhere = ids.filter((id) => !visible.has(id));
  if (home.pulled.length === 0 || elsewhere.length === 0) return { ...home, partial: false };
  const pulled = await stages.time("pull", () =>
    stillVisiblePulled(deps, context, elsewhere, home),
  );
  for (const entry of pulled.entries) visible.set(entry.id, entry);
  return {
    entries: ids.flatMap((id) => visible.get(id) ?? []),
    viewerOf: { ...home.viewerOf, ...pulled.viewerOf },
    unknown: [...home.unknown, ...pulled.unknown],
    ownChanges: { ...home.ownChanges, ...pulled.ownChanges },
    partial: pulled.partial,
    watched: home.watched,
    seq: home.seq,
  };
}
