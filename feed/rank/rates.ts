/**
 * A viewer's rates with an author or a kind of content: actions per seen post, smoothed so that few
 * observations change them little, and none change nothing.
 */
import type { Engagement } from "./engagement.ts";

/** Actions per seen post, each in (0, 1], and seconds of dwell time per seen post. */
export interface Rates {
  like: number;
  repost: number;
  reply: number;
  open: number;
  dwellS: number;
}

/** The assumed rates of a new viewer; 20 seen posts outweigh them. */
const USUAL_RATES: Rates = { like: 0.05, repost: 0.01, reply: 0.01, open: 0.08, dwellS: 3 };

/** Seen posts after which a viewer's own rates weigh as much as the assumed ones. */
const VIEWER_PRIOR_SEEN = 20;
/** Seen posts after which an author's or a kind's rates weigh as much as the viewer's overall rates. */
const PART_PRIOR_SEEN = 5;
/** The lowest rate, which keeps logarithms of rates within [ln 1e-4, 0] = [-9.3, 0]. */
const RATE_MIN = 1e-4;

/** A viewer's overall rates. */
export function viewerRates(overall: Engagement): Rates {
  return smoothed(overall, USUAL_RATES, VIEWER_PRIOR_SEEN);
}

/** A viewer's rates with one author or kind; without observations, `usual` itself. */
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
