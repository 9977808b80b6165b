/** The inputs of features: ages, rates and reactions, computed from the facts of a page. */
import { meanPerHour, perHour } from "../counts/velocity.ts";
import { idTimeMs } from "../ids.ts";
import { reactionsIn } from "../timeline/entry.ts";
import { type Engagement, faded, NO_ENGAGEMENT } from "./engagement.ts";
import { type ItemFacts, kindOf, type ViewerFacts } from "./facts.ts";
import { partRates, type Rates, viewerRates } from "./rates.ts";

/** The inputs of features. */
export interface FeatureInputs {
  item: ItemFacts;
  /** The ages of the entry and of the post in hours, at least 0. */
  ageH: number;
  writtenH: number;
  /** The viewer's rates: overall, with the author, with the reposter, with the kind, with links. */
  usual: Rates;
  author: Rates;
  reposter: Rates;
  kind: Rates;
  links: Rates;
  /** The posts of the author, and of anyone, that the viewer has seen. */
  authorSeen: number;
  viewerSeen: number;
  /** Reactions of all kinds: in all, per hour over the post's life, and per hour recently. */
  reactions: number;
  lifelong: number;
  /** Equals `lifelong` if the velocity is unknown. */
  lately: number;
}

/**
 * A function from an item to the inputs of its features. It caches the viewer's rates by author and
 * kind, so that they are not computed for every item.
 */
export function inputsFor(viewer: ViewerFacts, nowMs: number): (item: ItemFacts) => FeatureInputs {
  const overall = faded(viewer.overall, nowMs);
  const usual = viewerRates(overall);
  const ratesOf = (engagement: Engagement) => partRates(faded(engagement, nowMs), usual);
  const { contents } = viewer;
  const kinds = {
    post: ratesOf(contents.post),
    reply: ratesOf(contents.reply),
    repost: ratesOf(contents.repost),
  };
  const links = ratesOf(contents.link);
  const known = new Map<string, { rates: Rates; seen: number }>();
  const rates = (author: string) => {
    const before = known.get(author);
    if (before !== undefined) return before;
    const engagement = faded(viewer.authors[author] ?? NO_ENGAGEMENT, nowMs);
    const now = { rates: partRates(engagement, usual), seen: engagement.seen };
    known.set(author, now);
    return now;
  };
  return (item) => {
    const author = rates(item.author);
    const reactions = reactionsIn(item.counts);
    const lifelong = meanPerHour(reactions, nowMs - idTimeMs(item.post));
    return {
      item,
      ageH: hoursSince(item.entry, nowMs),
      writtenH: hoursSince(item.post, nowMs),
      usual,
      author: author.rates,
      reposter: item.by === null ? author.rates : rates(item.by).rates,
      kind: kinds[kindOf(item)],
      links,
      authorSeen: author.seen,
      viewerSeen: overall.seen,
      reactions,
      lifelong,
      lately: item.pace === null ? lifelong : perHour(item.pace, nowMs),
    };
  };
}

/** The clocks of two locations differ, so an entry from the future has age 0. */
function hoursSince(id: string, nowMs: number): number {
  return Math.max(0, nowMs - idTimeMs(id)) / 3_600_000;
}
