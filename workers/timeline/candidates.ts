/**
 * The candidates for the first page of a ranked scroll: the most promising entries of the hot window
 * and of the newest pages of the authors whom the viewer pulls.
 */
import type {
  CandidateContext,
  RankingContext,
  RelationsTo,
  Shortlist,
  ViewerReactions,
} from "../../durable-objects/home-timeline/timeline-view.ts";
import { newestReposts } from "../../feed/delivery/author-feed-pages.ts";
import {
  BEGINNING,
  type Id,
  idCeiling,
  newestFirst,
  type PostId,
  type UserId,
} from "../../feed/ids.ts";
import {
  RANK_ANSWERED_MAX,
  RANK_CANDIDATES_MAX,
  RANK_PERSON_MAX_CANDIDATES,
  RANK_PULLED_EACH,
  RANK_PULLED_MAX,
} from "../../feed/limits.ts";
import { NO_STEERING } from "../../feed/rank/steering.ts";
import { shortlist } from "../../feed/rank/shortlist.ts";
import { type Entry, peopleAbout, withCards } from "../../feed/timeline/entry.ts";
import { belongs, showOnce } from "../../feed/timeline/filter.ts";
import type { Deps } from "../deps.ts";
import { readShortlist, viewerReactions } from "./home-source.ts";
import type { PageEntries, ReadContext } from "./page.ts";
import { readPulledHeads, usersToAskAbout, viewerOf } from "./recent-source.ts";

/** Candidates, each original once, with what ranking needs to know about them and the viewer. */
export interface Candidates extends PageEntries, RankingContext {
  entries: Entry[];
  /** Where a scroll that begins now begins. */
  top: Id;
  /** Whether the timeline has no other entries. */
  whole: boolean;
}

type HomeShortlist = Shortlist & { watched: boolean };

/** Reads the candidates. @throws ObjectUnavailable, StoreUnavailable */
export async function readCandidates(deps: Deps, context: ReadContext): Promise<Candidates> {
  const { viewer, hint, stages } = context;
  const home = await stages.time("home", () => readShortlist(deps, viewer, hint));
  if (home.pulled.length > 0) return stages.time("pull", () => mergePulled(deps, context, home));
  const top = home.newest ?? idCeiling(deps.nowMs());
  return { ...home, top, whole: home.whole && home.floor === BEGINNING, partial: false };
}

async function mergePulled(
  deps: Deps,
  context: ReadContext,
  home: HomeShortlist,
): Promise<Candidates> {
  const nowMs = deps.nowMs();
  const { heads, partial } = await readPulledHeads(deps, context, home.pulled);
  const pulled = [...heads.values()].flatMap((head) => head.entries);
  const viewer = viewerOf(
    context.viewer,
    home.pulled,
    await relationsTo(deps, context, home, pulled),
  );
  // Few enough for one call of the timeline, and not only from those who post the most.
  const { steering = NO_STEERING } = home;
  // Which of them the viewer has seen is not known yet.
  const promising = shortlist(
    home.viewer,
    pulled.filter((entry) => belongs(entry, viewer)),
    () => null,
    { max: RANK_PULLED_MAX, each: RANK_PULLED_EACH, nowMs, steering },
  );
  const known = await readCandidateContext(deps, context, promising);
  const top = newestOf([...pulled.map(({ id }) => id), home.newest ?? BEGINNING], nowMs);
  const newest = newestReposts(heads.values(), top);
  const isNewest = ({ id, post }: Entry): boolean =>
    id >= (newest.get(post.id) ?? id) && id >= (known.occurrences[post.id] ?? id);
  const all = showOnce([...home.entries, ...promising].filter(isNewest).sort(newestFirst)).map(
    (entry) => withCards(entry, (user) => heads.get(user)?.card),
  );
  const authors = { ...home.viewer.authors, ...known.viewer.authors };
  const viewerFacts = { ...home.viewer, authors };
  const seen = { ...home.seen, ...known.seen };
  const limit = { max: RANK_CANDIDATES_MAX, each: RANK_PERSON_MAX_CANDIDATES, nowMs, steering };
  return {
    entries: shortlist(viewerFacts, all, (post) => seen[post] ?? null, limit),
    viewer: viewerFacts,
    seen,
    steering,
    answered: [...(home.answered ?? []), ...(known.answered ?? [])],
    viewerOf: { ...home.viewerOf, ...known.viewerOf },
    unknown: [...home.unknown, ...known.unknown],
    ownChanges: { ...home.ownChanges, ...known.ownChanges },
    top,
    whole: false,
    partial,
    watched: home.watched,
    seq: home.seq,
  };
}

/** The viewer's relations to the users in pulled entries, of the newest entries if there are many. */
async function relationsTo(
  deps: Deps,
  { viewer }: ReadContext,
  { pulled }: HomeShortlist,
  entries: readonly Entry[],
): Promise<RelationsTo & { asked: readonly UserId[] }> {
  const users = usersToAskAbout(viewer, pulled, [...entries].sort(newestFirst));
  const asked = users.slice(0, RANK_ANSWERED_MAX);
  return { ...(await viewerReactions(deps, viewer, { posts: [], users: asked })), asked };
}

/** Reads what the timeline knows about pulled entries, their authors and their reposters. */
async function readCandidateContext(
  deps: Pick<Deps, "homes">,
  { viewer }: ReadContext,
  entries: readonly Entry[],
): Promise<CandidateContext> {
  const posts: PostId[] = [...new Set(entries.map((entry) => entry.post.id))];
  const people = entries.flatMap(peopleAbout);
  return deps.homes.call(
    viewer,
    async (home) => await home.readCandidateContext(posts, [...new Set(people)]),
  );
}

function newestOf(ids: readonly Id[], nowMs: number): Id {
  const newest = ids.reduce((high, id) => (id > high ? id : high), BEGINNING);
  return newest === BEGINNING ? idCeiling(nowMs) : newest;
}

/** Those of some entries that are on the newest pages of pulled authors and are still visible. */
export async function stillVisiblePulled(
  deps: Deps,
  context: ReadContext,
  ids: readonly Id[],
  { pulled }: Pick<HomeShortlist, "pulled">,
): Promise<{ entries: Entry[]; partial: boolean } & ViewerReactions> {
  const { heads, partial } = await readPulledHeads(deps, context, pulled);
  const wanted = new Set(ids);
  const onPages = [...heads.values()].flatMap((head) =>
    head.entries.filter((entry) => wanted.has(entry.id)),
  );
  const asked = usersToAskAbout(context.viewer, pulled, onPages);
  const known = await viewerReactions(deps, context.viewer, {
    posts: onPages.map((entry) => entry.post.id),
    users: asked,
  });
  const viewer = viewerOf(context.viewer, pulled, { ...known, asked });
  return {
    entries: onPages.filter((entry) => belongs(entry, viewer)),
    partial,
    viewerOf: known.viewerOf,
    unknown: known.unknown,
    ownChanges: known.ownChanges,
  };
}
