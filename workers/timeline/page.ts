/** What a page of a timeline is asked, and what it answers, whatever its order. */
import type { RankingContext } from "../../durable-objects/home-timeline/timeline-view.ts";
import type { ViewerOfPost } from "../../durable-objects/home-timeline/viewer-state.ts";
import type { PublishedCounts } from "../../feed/counts/published-counts.ts";
import type { Entry } from "../../feed/timeline/entry.ts";
import type { PostId } from "../../feed/ids.ts";
import type { TimelineItem } from "../../feed/wire.ts";
import type { ReadContext } from "./recent-source.ts";

/** What a page needs to know of its request. */
export interface PageRequest<Position> extends ReadContext {
  /** Null for the first page. */
  position: Position | null;
  limit: number;
}

/** A page, and where the next one begins; null at the beginning of history. */
export interface TimelinePage<Position> {
  items: TimelineItem[];
  next: Position | null;
  /** Whether a source did not answer in time. */
  partial: boolean;
  /** What was served, in its order, for the training log. */
  served: Served;
}

/** The entries of a page as they were served. */
export interface Served {
  entries: readonly Entry[];
  counts: ReadonlyMap<PostId, PublishedCounts>;
  /** What the viewer did to their posts. */
  known: ReadonlyMap<PostId, ViewerOfPost | undefined>;
  /** How the viewer stands to all of them, if that had to be known; null if it has to be asked. */
  rankingContext: RankingContext | null;
  /** Where in the scroll the first of them stands; null if nobody knows. */
  from: number | null;
}
