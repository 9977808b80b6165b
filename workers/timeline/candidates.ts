/**
 * What the model is asked about for the first page of a ranked scroll: the best of the hot window and
 * of the newest pages of those whom the viewer pulls.
 */
import type {
  ViewerReactions,
  Shortlist,
  RankingContext,
  CandidateContext,
} from "../../durable-objects/home-timeline/timeline-view.ts";
import { type Entry, entryAuthor } from "../../feed/timeline/entry.ts";
import { belongs, showOnce } from "../../feed/timeline/filter.ts";
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
  RANK_PULLED_EACH,
  RANK_PULLED_MAX,
} from "../../feed/limits.ts";
import { type HeadPage, newestReposts } from "../../feed/delivery/author-feed-pages.ts";
import { shortlist, shortlistOfMany } from "../../feed/rank/shortlist.ts";
import type { Deps } from "../deps.ts";
import { regionOf } from "../region.ts";
import { readShortlist, viewerReactions } from "./home-source.ts";
import { viewerOf, type ReadContext } from "./recent-source.ts";

/** Candidates, each original once, with what is known of them and of the viewer. */
export interface Candidates extends ViewerReactions, RankingContext {
  entries: Entry[];
  /** Where a scroll begins that begins now. */
  top: Id;
  /** Whether there is nothing else to show. */
  whole: boolean;
  partial: boolean;
  watched: boolean;
}

type Hot = Shortlist & { watched: boolean };

/** Finds candidates. @throws ObjectUnavailable, StoreUnavailable */
export async function readCandidates(deps: Deps, ask: ReadContext): Promise<Candidates> {
  const { viewer, hint, stages } = ask;
  const hot = await stages.time("home", () => readShortlist(deps, viewer, hint));
  const top = hot.newest ?? idCeiling(deps.nowMs());
  if (hot.pulled.length > 0) return stages.time("pull", () => withPulled(deps, ask, hot));
  return { ...hot, top, whole: hot.whole && hot.floor === BEGINNING, partial: false };
}

async function withPulled(deps: Deps, ask: ReadContext, hot: Hot): Promise<Candidates> {
  const nowMs = deps.nowMs();
  const asked = deps.pulledPages.heads(hot.pulled, regionOf(ask.hint), ask.pullUntilMs());
  const { heads, partial } = await asked;
  const brought = [...heads.values()].flatMap((head) => head.entries);
  const viewer = viewerOf(ask.viewer, hot, await followedOf(deps, ask, hot, brought));
  // Few enough to ask the timeline about, and not all of them of those who write the most.
  const near = shortlistOfMany(
    hot.viewer,
    brought.filter((entry) => belongs(entry, viewer)),
    { max: RANK_PULLED_MAX, each: RANK_PULLED_EACH, nowMs },
  );
  const known = await readCandidateContext(deps, ask, near);
  const top = newestOf([...brought.map(({ id }) => id), hot.newest ?? BEGINNING], nowMs);
  const newest = newestReposts(heads.values(), top);
  const stands = ({ id, post }: Entry): boolean =>
    id >= (newest.get(post.id) ?? id) && id >= (known.occurrences[post.id] ?? id);
  const all = showOnce([...hot.entries, ...near].filter(stands).sort(newestFirst));
  const authors = { ...hot.viewer.authors, ...known.viewer.authors };
  const facts = { ...hot.viewer, authors };
  const seen = { ...hot.seen, ...known.seen };
  const limit = { max: RANK_CANDIDATES_MAX, nowMs };
  return {
    entries: shortlist(facts, all, (post) => seen[post] ?? null, limit),
    viewer: facts,
    seen,
    viewerOf: { ...hot.viewerOf, ...known.viewerOf },
    unknown: [...hot.unknown, ...known.unknown],
    top,
    whole: false,
    partial,
    watched: hot.watched,
  };
}

/** Whom the viewer follows of those whom pulled entries answer. */
async function followedOf(
  deps: Deps,
  ask: ReadContext,
  { pulled }: Hot,
  entries: readonly Entry[],
): Promise<readonly UserId[]> {
  const known = new Set([ask.viewer, ...pulled.map(({ author }) => author)]);
  const answered = [...entries].sort(newestFirst).flatMap(({ by, post: { replyTo } }) => {
    return by !== null || replyTo === null || known.has(replyTo.author) ? [] : [replyTo.author];
  });
  const users = [...new Set(answered)].slice(0, RANK_ANSWERED_MAX);
  return (await viewerReactions(deps, ask.viewer, { posts: [], users })).followed;
}

/** What the timeline knows about pulled entries, and how its owner stands to those behind them. */
async function readCandidateContext(
  deps: Deps,
  { viewer }: ReadContext,
  entries: readonly Entry[],
): Promise<CandidateContext> {
  const posts: PostId[] = [...new Set(entries.map((entry) => entry.post.id))];
  const people = entries.flatMap((entry) => [entry.post.author.id, entryAuthor(entry)]);
  return deps.homes.call(
    viewer,
    async (home) => await home.readCandidateContext(posts, [...new Set(people)]),
  );
}

function newestOf(ids: readonly Id[], nowMs: number): Id {
  const newest = ids.reduce((highest, id) => (id > highest ? id : highest), BEGINNING);
  return newest === BEGINNING ? idCeiling(nowMs) : newest;
}

/** Those of some entries that are on the newest pages of pulled authors, and still belong. */
export async function stillVisiblePulled(
  deps: Deps,
  ask: ReadContext,
  ids: readonly Id[],
  hot: Pick<Hot, "pulled" | "hidden" | "viewerOf" | "unknown">,
): Promise<{ entries: Entry[]; partial: boolean } & ViewerReactions> {
  const region = regionOf(ask.hint);
  const { heads, partial } = await deps.pulledPages.heads(hot.pulled, region, ask.pullUntilMs());
  const wanted = new Set(ids);
  const pages: HeadPage[] = [...heads.values()];
  const found = pages.flatMap((head) => head.entries.filter((entry) => wanted.has(entry.id)));
  const known = await viewerReactions(deps, ask.viewer, {
    posts: found.map((entry) => entry.post.id),
    users: [...new Set(found.flatMap((entry) => entry.post.replyTo?.author ?? []))],
  });
  const viewer = viewerOf(ask.viewer, hot, known.followed);
  return {
    entries: found.filter((entry) => belongs(entry, viewer)),
    partial,
    viewerOf: known.viewerOf,
    unknown: known.unknown,
  };
}
