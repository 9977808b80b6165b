/**
 * Source: the warm part of a timeline, which is the viewer's hot window merged with the feeds of the
 * authors they pull. It reads no store, unless an author's feed is cold. It is complete down to the
 * shallowest of its sources; the archive has what is below.
 */
import type { RelationsTo, WindowPage } from "../../durable-objects/home-timeline/timeline-view.ts";
import type { WindowQuery } from "../../durable-objects/home-timeline/window-read.ts";
import {
  type HeadPage,
  newestReposts,
  pageBelow,
  sliceBelow,
} from "../../feed/delivery/author-feed-pages.ts";
import { hubOf } from "../../feed/delivery/hub-ring.ts";
import { type Id, idCeiling, type PostId, type UserId } from "../../feed/ids.ts";
import { CLOCK_SKEW_MS } from "../../feed/limits.ts";
import { type Entry, withCards } from "../../feed/timeline/entry.ts";
import { belongs, showOnce, type Viewer } from "../../feed/timeline/filter.ts";
import {
  type AuthorQuery,
  mergeSlices,
  newestOfAuthors,
  type Slice,
} from "../../feed/timeline/merge.ts";
import type { Deps } from "../deps.ts";
import type { PulledAuthor } from "../../durable-objects/home-timeline/author-modes.ts";
import type { Heads } from "../pull/pulled-pages.ts";
import { regionOf } from "../region.ts";
import { readHomeWindow, viewerReactions } from "./home-source.ts";
import type { PageEntries, ReadContext } from "./page.ts";

/** A part of the warm timeline: filtered, each original once, complete down to `horizon`. */
export interface RecentSlice extends PageEntries {
  entries: Entry[];
  horizon: Id;
  /** Where the warm timeline ends; no part of it goes below. */
  floor: Id;
}

type HomePage = WindowPage & { watched: boolean };

/** Reads a part of the warm timeline. @throws ObjectUnavailable, StoreUnavailable */
export async function readRecent(
  deps: Deps,
  context: ReadContext,
  query: WindowQuery,
): Promise<RecentSlice> {
  const home = await context.stages.time("home", () =>
    readHomeWindow(deps, context.viewer, query, context.hint),
  );
  const isBelow = query.below !== null && query.below <= home.floor;
  if (home.pulled.length === 0 || isBelow) return { ...home, partial: false };
  return context.stages.time("pull", () => mergePulled(deps, context, query, home));
}

/** The newest pages of pulled authors, within the request's time for them. */
export function readPulledHeads(
  deps: Pick<Deps, "pulledPages" | "config">,
  context: ReadContext,
  pulled: readonly PulledAuthor[],
): Promise<Heads> {
  const hub = hubOf(regionOf(context.hint), deps.config.HUBS_PER_REGION, context.viewer);
  return deps.pulledPages.heads(pulled, hub, context.pullUntilMs());
}

async function mergePulled(
  deps: Deps,
  context: ReadContext,
  query: WindowQuery,
  home: HomePage,
): Promise<RecentSlice> {
  const { heads, partial } = await readPulledHeads(deps, context, home.pulled);
  const floor = highest([home.floor, ...[...heads.values()].map((head) => head.horizon)]);
  const downTo = highest([home.horizon, floor]);
  const pulled = await readPulled(deps, heads, { query, downTo, untilMs: context.pullUntilMs() });
  const merged = mergeSlices([home, pulled.slice]);
  const asked = unansweredBy(context.viewer, home, merged);
  const reactions = await viewerReactions(deps, context.viewer, asked);
  const viewer = viewerOf(context.viewer, home.pulled, { ...reactions, asked: asked.users });
  const top = query.top ?? merged.entries[0]?.id ?? "";
  const newest = newestReposts(heads.values(), top);
  return {
    entries: visible(merged.entries, viewer, home, newest).map((entry) =>
      withCards(entry, (user) => heads.get(user)?.card),
    ),
    horizon: merged.horizon,
    viewerOf: { ...home.viewerOf, ...reactions.viewerOf },
    unknown: [...home.unknown, ...reactions.unknown],
    ownChanges: { ...home.ownChanges, ...reactions.ownChanges },
    floor,
    partial: partial || pulled.partial,
    watched: home.watched,
    seq: home.seq,
  };
}

/** Reads what pulled authors have posted in a range, as much of it as a page needs. */
async function readPulled(
  deps: Pick<Deps, "pulledPages" | "nowMs">,
  heads: ReadonlyMap<UserId, HeadPage>,
  { query, downTo, untilMs }: { query: WindowQuery; downTo: Id; untilMs: number },
): Promise<{ slice: Slice; partial: boolean }> {
  const below = query.below ?? idCeiling(deps.nowMs() + CLOCK_SKEW_MS);
  const skipped = new Set(query.skip);
  let partial = false;
  const readAuthors = async (queries: readonly AuthorQuery[]): Promise<Map<UserId, Slice>> => {
    const wanted = queries.flatMap(({ author, below: from }) => {
      const head = heads.get(author);
      const page = head === undefined ? null : pageBelow(head, from);
      return head === undefined || page === null ? [] : [{ author, head, page }];
    });
    const pages = await deps.pulledPages.older(wanted, untilMs);
    const missing = new Set(wanted.map(({ author }) => author).filter((user) => !pages.has(user)));
    if (missing.size > 0) partial = true;
    return new Map(
      queries.flatMap((one): [UserId, Slice][] => {
        const head = heads.get(one.author);
        // An author whose page did not come ends here.
        if (head === undefined || missing.has(one.author)) return [];
        const slice = sliceBelow(head, one, pages.get(one.author) ?? null);
        const entries = slice.entries.filter((entry) => !skipped.has(entry.post.id));
        return [[one.author, { ...slice, entries }]];
      }),
    );
  };
  const span = { below, downTo, want: query.limit };
  return { slice: await newestOfAuthors([...heads.keys()], span, readAuthors), partial };
}

/** The posts and users of pulled entries; the timeline has already answered for its own entries. */
function unansweredBy(
  viewer: UserId,
  home: HomePage,
  merged: Slice,
): { posts: PostId[]; users: UserId[] } {
  const own = new Set(home.entries.map((entry) => entry.id));
  const pulled = merged.entries.filter((entry) => !own.has(entry.id));
  return {
    posts: [...new Set(pulled.map((entry) => entry.post.id))],
    users: usersToAskAbout(viewer, home.pulled, pulled),
  };
}

/**
 * The users to whom the viewer's relations decide about pulled entries: whom a reply answers, and whose
 * post is reposted. The authors themselves are followed, and not hidden.
 */
export function usersToAskAbout(
  viewer: UserId,
  pulled: readonly PulledAuthor[],
  entries: readonly Entry[],
): UserId[] {
  const known = new Set([viewer, ...pulled.map(({ author }) => author)]);
  const users = entries.flatMap(({ post: { author, replyTo } }) =>
    replyTo === null ? [author.id] : [author.id, replyTo.author],
  );
  return [...new Set(users)].filter((user) => !known.has(user));
}

/**
 * The viewer, as the filter of pulled entries needs them.
 * @param relations to the users in `asked`; of anybody else nothing is known, so they are not shown
 */
export function viewerOf(
  id: UserId,
  pulled: readonly PulledAuthor[],
  relations: RelationsTo & { asked: readonly UserId[] },
): Viewer {
  const authors = pulled.map(({ author }) => author);
  const follows = new Set([...relations.followed, ...authors]);
  const hidden = new Set(relations.hidden);
  const known = new Set([id, ...authors, ...relations.asked]);
  return {
    id,
    follows: (user) => follows.has(user),
    hides: (user) => hidden.has(user) || !known.has(user),
  };
}

/** The visible entries, each original at its newest occurrence that counts. */
function visible(
  entries: readonly Entry[],
  viewer: Viewer,
  home: HomePage,
  newest: ReadonlyMap<PostId, Id>,
): Entry[] {
  // The timeline has already filtered its own entries.
  const own = new Set(home.entries.map((entry) => entry.id));
  const above = new Set(home.above);
  const shown = entries.filter(
    (entry) =>
      (own.has(entry.id) || belongs(entry, viewer)) &&
      !above.has(entry.post.id) &&
      entry.id >= (newest.get(entry.post.id) ?? entry.id),
  );
  return showOnce(shown);
}

function highest(ids: readonly Id[]): Id {
  return ids.reduce((high, id) => (id > high ? id : high), "");
}
