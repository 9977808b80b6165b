/**
 * How a viewer stands to an author or a kind of content: rates of actions per post seen, smoothed so
 * that few observations say little and none say nothing.
 */
import type { Engagement } from "./engagement.ts";

/** Actions per post seen, each in (0, 1], and seconds looked at one. */
export interface Rates {
  like: number;
  repost: number;
  reply: number;
  open: number;
  dwellS: number;
}

/** What an unknown viewer is taken to do. Only a place to start from: 20 posts seen outweigh it. */
const USUAL_RATES: Rates = { like: 0.05, repost: 0.01, reply: 0.01, open: 0.08, dwellS: 3 };

/** Posts seen that a viewer's own rates need to readCandidateContext as much as the usual ones. */
const VIEWER_PRIOR_SEEN = 20;
/** Posts seen that an author's or a kind's rates need to readCandidateContext as much as the viewer's overall. */
const PART_PRIOR_SEEN = 5;
/** Keeps logarithms of rates within [ln 1e-4, 0] = [-9.3, 0]. */
const RATE_MIN = 1e-4;

/** Rates of everything the viewer does. */
export function viewerRates(overall: Engagement): Rates {
  return smoothed(overall, USUAL_RATES, VIEWER_PRIOR_SEEN);
}

/** Rates of what the viewer does with one author or kind; without any observation, `usual` itself. */
export function partRates(part: Engagement, usual: Rates): Rates {
  return smoothed(part, usual, PART_PRIOR_SEEN);
}

function smoothed(engagement: Engagement, prior: Rates, priorSeen: number): Rates {
  const seen = engagement.seen + priorSeen;
  const rate = (times: number, before: number) =>
    Math.min(1, Math.max(RATE_MIN, (times + before * priorSeen) / seen));
  return {
    like: rate(engagement.likes, prior.like),
    repost: rate(engagement.reposts, prior.repost),
    reply: rate(engagement.replies, prior.reply),
    open: rate(engagement.opens, prior.open),
    dwellS: (engagement.dwellMs / 1000 + prior.dwellS * priorSeen) / seen,
  };
}
