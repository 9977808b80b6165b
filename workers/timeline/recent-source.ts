/**
 * The warm part of a timeline: the viewer's hot window, merged with the outboxes of those they pull.
 * No store is asked, unless an outbox is cold. It is complete down to the shallowest of its
 * sources; what lies below comes from the archive.
 */
import type {
  ViewerReactions,
  WindowPage,
} from "../../durable-objects/home-timeline/timeline-view.ts";
import type { WindowQuery } from "../../durable-objects/home-timeline/window-read.ts";
import type { Entry } from "../../feed/timeline/entry.ts";
import { belongs, showOnce, type Viewer } from "../../feed/timeline/filter.ts";
import { type Id, idCeiling, type PostId, type UserId } from "../../feed/ids.ts";
import { CLOCK_SKEW_MS } from "../../feed/limits.ts";
import {
  type AuthorQuery,
  mergeSlices,
  newestOfAuthors,
  type Slice,
} from "../../feed/timeline/merge.ts";
import {
  type HeadPage,
  newestReposts,
  pageBelow,
  sliceBelow,
} from "../../feed/delivery/author-feed-pages.ts";
import type { Deps } from "../deps.ts";
import { regionOf } from "../region.ts";
import type { Stages } from "../metrics/stages.ts";
import { readHomeWindow, viewerReactions } from "./home-source.ts";

/** What is read, and on whose behalf. */
export interface ReadContext {
  viewer: UserId;
  hint: DurableObjectLocationHint | null;
  stages: Stages;
  /** Until when pulled authors are waited for, in all. */
  pullUntilMs: () => number;
}

/**
 * The end of one request's budget for pulled authors, however often it asks for them. It begins with the
 * first time: a timeline that has to be filled before leaves them all of it.
 */
export function pullBudget(deps: Pick<Deps, "nowMs" | "config">): () => number {
  let untilMs: number | null = null;
  return () => (untilMs ??= deps.nowMs() + deps.config.PULL_BUDGET_MS);
}

/** A part of the warm timeline: filtered, each original once. */
export interface RecentSlice extends Slice, ViewerReactions {
  /** Down to here the warm timeline goes. */
  floor: Id;
  /** Whether somebody who is pulled is missing, or known only as of a while ago. */
  partial: boolean;
  /** Whether the viewer has a socket open. */
  watched: boolean;
}

/** Reads a part of the warm timeline. @throws ObjectUnavailable, StoreUnavailable */
export async function readRecent(
  deps: Deps,
  ask: ReadContext,
  window: WindowQuery,
): Promise<RecentSlice> {
  const hot = await ask.stages.time("home", () =>
    readHomeWindow(deps, ask.viewer, window, ask.hint),
  );
  const isBelow = window.below !== null && window.below <= hot.floor;
  if (hot.pulled.length === 0 || isBelow) return { ...hot, partial: false };
  return ask.stages.time("pull", () => withPulled(deps, ask, { window, hot }));
}

type Hot = WindowPage & { watched: boolean };

async function withPulled(
  deps: Deps,
  ask: ReadContext,
  { window, hot }: { window: WindowQuery; hot: Hot },
): Promise<RecentSlice> {
  const deadlineMs = ask.pullUntilMs();
  const { heads, partial } = await deps.pulledPages.heads(
    hot.pulled,
    regionOf(ask.hint),
    deadlineMs,
  );
  const floor = shallowest([hot.floor, ...[...heads.values()].map((head) => head.horizon)]);
  const found = await pull(deps, heads, {
    window,
    downTo: shallowest([hot.horizon, floor]),
    deadlineMs,
  });
  const merged = mergeSlices([hot, found.slice]);
  const known = await viewerReactions(deps, ask.viewer, queryAboutPulled(merged, hot));
  const viewer = viewerOf(ask.viewer, hot, known.followed);
  const entries = visible(merged.entries, viewer, { hot, heads: heads.values(), top: window.top });
  return {
    entries,
    horizon: merged.horizon,
    viewerOf: { ...hot.viewerOf, ...known.viewerOf },
    unknown: [...hot.unknown, ...known.unknown],
    floor,
    partial: partial || found.partial,
    watched: hot.watched,
  };
}

/** What pulled authors have written below a page's beginning, as much of it as a page needs. */
async function pull(
  deps: Deps,
  heads: ReadonlyMap<UserId, HeadPage>,
  { window, downTo, deadlineMs }: { window: WindowQuery; downTo: Id; deadlineMs: number },
): Promise<{ slice: Slice; partial: boolean }> {
  const below = window.below ?? idCeiling(deps.nowMs() + CLOCK_SKEW_MS);
  const skipped = new Set(window.skip);
  let partial = false;
  const read = async (asks: readonly AuthorQuery[]): Promise<Map<UserId, Slice>> => {
    const wanted = asks.flatMap(({ author, below: from }) => {
      const head = heads.get(author);
      const page = head === undefined ? null : pageBelow(head, from);
      return head === undefined || page === null ? [] : [{ author, head, page }];
    });
    const pages = await deps.pulledPages.older(wanted, deadlineMs);
    const missing = new Set(wanted.map(({ author }) => author).filter((user) => !pages.has(user)));
    if (missing.size > 0) partial = true;
    return new Map(
      asks.flatMap((one): [UserId, Slice][] => {
        const head = heads.get(one.author);
        // An author without an answer has nothing more here.
        if (head === undefined || missing.has(one.author)) return [];
        const slice = sliceBelow(head, one, pages.get(one.author) ?? null);
        const entries = slice.entries.filter((entry) => !skipped.has(entry.post.id));
        return [[one.author, { ...slice, entries }]];
      }),
    );
  };
  const span = { below, downTo, want: window.limit };
  return { slice: await newestOfAuthors([...heads.keys()], span, read), partial };
}

/** What has to be asked of the timeline about pulled entries: it was asked about its own before. */
function queryAboutPulled(merged: Slice, hot: Hot): { posts: PostId[]; users: UserId[] } {
  const own = new Set(hot.entries.map((entry) => entry.id));
  const pulled = merged.entries.filter((entry) => !own.has(entry.id));
  return {
    posts: [...new Set(pulled.map((entry) => entry.post.id))],
    users: [...new Set(pulled.flatMap((entry) => entry.post.replyTo?.author ?? []))],
  };
}

/** The viewer, as far as pulled entries are concerned. @param followed of those they answer */
export function viewerOf(
  id: UserId,
  hot: Pick<Hot, "pulled" | "hidden">,
  followed: readonly UserId[],
): Viewer {
  const follows = new Set([...followed, ...hot.pulled.map(({ author }) => author)]);
  const hidden = new Set(hot.hidden);
  return {
    id,
    // The window has been filtered already: of its entries, whoever brought them is followed.
    follows: (user) => follows.has(user),
    hides: (user) => hidden.has(user),
  };
}

/** What belongs, each original at its newest occurrence that counts. */
function visible(
  entries: readonly Entry[],
  viewer: Viewer,
  among: { hot: Hot; heads: Iterable<HeadPage>; top: Id | null },
): Entry[] {
  const own = new Set(among.hot.entries.map((entry) => entry.id));
  const top = among.top ?? entries[0]?.id ?? "";
  const newest = newestReposts(among.heads, top);
  const above = new Set(among.hot.above);
  const shown = entries.filter(
    (entry) =>
      (own.has(entry.id) || belongs(entry, viewer)) &&
      !above.has(entry.post.id) &&
      entry.id >= (newest.get(entry.post.id) ?? entry.id),
  );
  return showOnce(shown);
}

function shallowest(horizons: readonly Id[]): Id {
  return horizons.reduce((highest, id) => (id > highest ? id : highest), "");
}
