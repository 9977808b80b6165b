/** The limits of profiles: what an account says about itself, and how changes of it spread. */

/** Longest text about oneself; the contract's figure. */
export const BIO_MAX_CHARS = 160;
/** Longest address of a picture: cards are copied into every entry that shows them. */
export const AVATAR_URL_MAX_CHARS = 300;
/** How often a change of a profile begins again because another one came first. */
export const PROFILE_ATTEMPTS_MAX = 5;
/**
 * Changed cards in a timeline, of some 200 bytes each; past it those go that no entry needs. At most two
 * cards an entry are needed, so the timeline becomes cold only past twice as many.
 */
export const TIMELINE_CARDS_MAX = 1_000;
/** Posts of one page of a profile job, of which those that were reposted cost a call each. */
export const PROFILE_PAGE = 50;
/**
 * When a profile job begins its second time. Until then the store has the counts of posts that were reposted
 * before (`COUNTS_STORE_EVERY_MS`), and no request is left that read the old card.
 */
export const PROFILE_AGAIN_MS = 120_000;
/**
 * How long the counts of a reposted post are kept near readers, with the card of its author: the ten minutes of
 * the contract, less those of jobs, counters and KV.
 */
export const CARD_KEPT_MS = 5 * 60 * 1000;
