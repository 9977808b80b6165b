/**
 * One page of the `ranked` timeline. The order of the best entries is computed once, for the first
 * page, and the cursor carries it: no later page can lose it. Whatever was not ranked follows in the
 * order of time, down to the beginning of history; what was shown before is left out there, and what
 * was ranked and could not be shown is not.
 */
import type {
  ViewerReactions,
  RankingContext,
} from "../../durable-objects/home-timeline/timeline-view.ts";
import { type RankedPosition, rememberShown, type ShownAgain } from "../../feed/cursor.ts";
import type { PublishedCounts } from "../../feed/counts/published-counts.ts";
import type { Entry } from "../../feed/timeline/entry.ts";
import { showOnce } from "../../feed/timeline/filter.ts";
import { type Id, idAfter, type PostId } from "../../feed/ids.ts";
import { presentEntry } from "../../feed/timeline/present.ts";
import { NOTHING_REPOSTED, assumedShownFrom } from "../../feed/timeline/reposted.ts";
import { itemFacts } from "../../feed/rank/facts.ts";
import { rank } from "../../feed/rank/rank.ts";
import type { Deps } from "../deps.ts";
import { readCandidates, stillVisiblePulled } from "./candidates.ts";
import { readListed } from "./home-source.ts";
import { knownOfPage } from "./known-of-page.ts";
import { nextOf } from "./latest-page.ts";
import type { PageRequest, TimelinePage } from "./page.ts";
import { type Found, readScroll } from "./scroll.ts";

type RankedPageRequest = PageRequest<RankedPosition>;

/** What of the ranked order is on this page, and what is not yet. */
interface Head extends Omit<Found, "horizon"> {
  waiting: readonly Id[];
  /** Whether nothing follows the ranked order. */
  whole: boolean;
  counts: ReadonlyMap<PostId, PublishedCounts>;
  /** How the viewer stands to all of it, where it has just been ranked. */
  rankingContext: RankingContext | null;
  /** Posts whose counts have just been asked for; of some, nobody knows any. */
  counted: readonly PostId[];
}

/** Reads a page of `ranked`. @throws ObjectUnavailable, StoreUnavailable */
export async function rankedPage(
  deps: Deps,
  ask: RankedPageRequest,
): Promise<TimelinePage<RankedPosition>> {
  const { position, head } = await readHead(deps, ask);
  const { found, below } = await readTail(deps, ask, position, head);
  const entries = found.entries;
  const posts = entries.map((entry) => entry.post.id);
  const uncounted = posts.filter((post) => !head.counted.includes(post));
  const [read, known] = await ask.stages.time("counts", () =>
    Promise.all([deps.counts.read(uncounted), knownOfPage(deps, ask.viewer, found, posts)]),
  );
  const counts = new Map([...head.counts, ...read]);
  const shown = position.shown + entries.length;
  const next = (from: Id): RankedPosition => ({
    ...position,
    ...rememberShown(position, shownAgain(head, entries), from),
    waiting: head.waiting,
    below: from,
    shown,
  });
  return {
    items: entries.map((entry) => {
      const { id } = entry.post;
      return presentEntry(entry, ask.viewer, {
        counts: counts.get(id)?.counts,
        viewer: known.get(id),
      });
    }),
    next: below === null ? null : next(below),
    partial: found.partial,
    served: {
      entries,
      counts,
      known,
      rankingContext: entries.length === head.entries.length ? head.rankingContext : null,
      from: position.shown,
    },
  };
}

/** Of a page, the posts that may turn up again further down. */
function shownAgain(head: Head, entries: readonly Entry[]): ShownAgain {
  const ranked = head.entries.map(({ post }) => post.id);
  return { ranked, tail: entries.slice(head.entries.length) };
}

function readHead(
  deps: Deps,
  ask: RankedPageRequest,
): Promise<{ position: RankedPosition; head: Head }> {
  return ask.position === null ? begin(deps, ask) : goOn(deps, ask, ask.position);
}

/** Computes the order of a scroll that begins now. */
async function begin(
  deps: Deps,
  ask: RankedPageRequest,
): Promise<{ position: RankedPosition; head: Head }> {
  const { stages, limit } = ask;
  const candidates = await readCandidates(deps, ask);
  const { seen, viewer, viewerOf, top } = candidates;
  const posts = candidates.entries.map((entry) => entry.post.id);
  const [{ counts, fresh }, model] = await stages.time("counts", () =>
    Promise.all([deps.counts.recent(posts), deps.models.current()]),
  );
  const ranked = await stages.time("rank", () => {
    const all = candidates.entries.map((entry) => {
      const post = entry.post.id;
      const known = { ...counts.get(post), seen: seen[post], viewer: viewerOf[post] };
      return { entry, facts: itemFacts(entry, ask.viewer, known) };
    });
    return Promise.resolve(rank(model, viewer, all, deps.nowMs()));
  });
  const order = ranked.map(({ entry }) => entry);
  const waiting = order.slice(limit).map(({ id }) => id);
  return {
    position: {
      top,
      waiting: [],
      below: idAfter(top),
      served: [],
      reposted: NOTHING_REPOSTED,
      shown: 0,
    },
    head: {
      ...candidates,
      entries: order.slice(0, limit),
      waiting,
      counts,
      rankingContext: { viewer, seen },
      counted: fresh,
    },
  };
}

/** Goes on in the order that the cursor carries, with what of it still stands. */
async function goOn(
  deps: Deps,
  ask: RankedPageRequest,
  position: RankedPosition,
): Promise<{ position: RankedPosition; head: Head }> {
  const { waiting, top } = position;
  const rest = { whole: false, counts: new Map(), rankingContext: null, counted: [] };
  if (waiting.length === 0) {
    const nothing = { entries: [], viewerOf: {}, unknown: [], partial: false, watched: false };
    return { position, head: { ...nothing, ...rest, waiting } };
  }
  const found = await stillVisible(deps, ask, waiting, top);
  // A post may have been shown at another place of the same scroll: as a repost that came late.
  const served = new Set([...position.served, ...position.reposted.posts]);
  const entries = showOnce(found.entries, served).slice(0, ask.limit);
  const last = entries.length < ask.limit ? undefined : entries.at(-1);
  const left = last === undefined ? [] : waiting.slice(waiting.indexOf(last.id) + 1);
  return { position, head: { ...found, ...rest, entries, waiting: left } };
}

/** Those of some entries that still stand, in the order given. */
async function stillVisible(
  deps: Deps,
  ask: RankedPageRequest,
  ids: readonly Id[],
  top: Id,
): Promise<{ entries: Entry[]; partial: boolean; watched: boolean } & ViewerReactions> {
  const { viewer, hint, stages } = ask;
  const hot = await stages.time("home", () => readListed(deps, viewer, hint, { ids, top }));
  const here = new Map(hot.entries.map((entry) => [entry.id, entry]));
  const elsewhere = ids.filter((id) => !here.has(id));
  if (hot.pulled.length === 0 || elsewhere.length === 0) return { ...hot, partial: false };
  const pulled = await stages.time("pull", () => stillVisiblePulled(deps, ask, elsewhere, hot));
  for (const entry of pulled.entries) here.set(entry.id, entry);
  return {
    entries: ids.flatMap((id) => here.get(id) ?? []),
    viewerOf: { ...hot.viewerOf, ...pulled.viewerOf },
    unknown: [...hot.unknown, ...pulled.unknown],
    partial: pulled.partial,
    watched: hot.watched,
  };
}

/** Fills the page with what comes after the ranked order, and says below what the next one goes on. */
async function readTail(
  deps: Deps,
  ask: RankedPageRequest,
  position: RankedPosition,
  head: Head,
): Promise<{ found: Omit<Found, "horizon">; below: Id | null }> {
  const room = ask.limit - head.entries.length;
  if (room === 0) {
    const ended = head.whole && head.waiting.length === 0;
    return { found: head, below: ended ? null : position.below };
  }
  if (head.whole) return { found: head, below: null };
  const { below, served, reposted } = position;
  const skip = [...served, ...reposted.posts, ...head.entries.map((entry) => entry.post.id)];
  const tail = await readScroll(deps, ask, {
    assumeShownFrom: assumedShownFrom(position),
    below,
    want: room + 1,
    skip,
  });
  const shown = tail.entries.slice(0, room);
  const found = {
    entries: [...head.entries, ...shown],
    viewerOf: { ...head.viewerOf, ...tail.viewerOf },
    unknown: [...head.unknown, ...tail.unknown],
    partial: head.partial || tail.partial,
    watched: head.watched || tail.watched,
  };
  return { found, below: nextOf(tail, shown, room) };
}
