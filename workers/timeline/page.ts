/**
 * What the steps of the read pipeline pass on: select → fill → hydrate → present → log. Both orders
 * take the same steps; they differ in what `select` puts first, and in their cursors.
 */
import type {
  RankingContext,
  ViewerReactions,
} from "../../durable-objects/home-timeline/timeline-view.ts";
import type { ViewerOfPost } from "../../durable-objects/home-timeline/viewer-state.ts";
import type { PublishedCounts } from "../../feed/counts/published-counts.ts";
import type { Id, PostId, UserId } from "../../feed/ids.ts";
import type { Entry } from "../../feed/timeline/entry.ts";
import type { Timeline } from "../../feed/wire.ts";
import type { Stages } from "../metrics/stages.ts";

/** Who reads, from where, and within which time. */
export interface ReadContext {
  viewer: UserId;
  hint: DurableObjectLocationHint | null;
  stages: Stages;
  /** When the page stops waiting for pulled authors, in milliseconds since 1970. */
  pullUntilMs: () => number;
}

/** A page that a viewer asks for. */
export interface PageRequest extends ReadContext {
  cursor: string | null;
  /** Items on the page, at most. */
  limit: number;
}

/** Entries, what the viewer did to their posts, and how complete they are. */
export interface PageEntries extends ViewerReactions {
  entries: readonly Entry[];
  /** Whether a pulled author is missing, or was read from an older page. */
  partial: boolean;
  /** Whether the viewer has an open socket. */
  watched: boolean;
  /** The newest change that they have; 0 if the timeline has not been read for them. */
  seq: number;
}

/** Which entries, in order of time, a page takes. */
export interface ScrollRange {
  /** Start of the range that counts as already shown; null if `skip` lists everything shown. */
  assumeShownFrom: Id | null;
  /** Entries below this id; null from the top. */
  below: Id | null;
  /** Originals that the scroll has shown. */
  skip: readonly PostId[];
}

/** `select`: the entries that an order puts first on a page, and where the order of time goes on. */
export interface Selection extends PageEntries {
  order: Timeline["order"];
  /** The range that fills the page; null if nothing follows the selected entries. */
  rest: ScrollRange | null;
  /** Counts that ranking has read. */
  counts: ReadonlyMap<PostId, PublishedCounts>;
  /** Posts whose counts ranking has read; some of them have none. */
  counted: readonly PostId[];
  /** What ranking has read of the viewer and of the selected entries; null if it has read nothing. */
  rankingContext: RankingContext | null;
  /** Place of the first item in the scroll, from 0; null if the cursor does not carry it. */
  from: number | null;
  /** The cursor of the next page, after `shown`, whose order of time goes on below an id. */
  nextCursor(shown: readonly Entry[], below: Id): string;
}

/** `fill`: the entries of the page. */
export interface FilledPage extends PageEntries {
  /** The cursor of the next page; null at the beginning of history. */
  next: string | null;
}

/** `hydrate`: what a page serves, with everything that it shows about its posts. */
export interface HydratedPage {
  order: Timeline["order"];
  entries: readonly Entry[];
  counts: ReadonlyMap<PostId, PublishedCounts>;
  /** What the viewer did to the posts; undefined where the store could not say. */
  viewerOfPosts: ReadonlyMap<PostId, ViewerOfPost | undefined>;
  /** What ranking has read about all entries of the page; null if `readPageFacts` must read it. */
  rankingContext: RankingContext | null;
  /** Place of the first item in the scroll, from 0; null if unknown. */
  from: number | null;
  partial: boolean;
  seq: number;
  next: string | null;
}
