/** Limits of the ranked order, and of how a viewer steers it. */

/** First places of a scroll, in which no reply of a stranger to a stranger stands. */
export const LEAD_ITEMS = 3;
/** How long an entry is fresh: on the first page, fresh ones that the viewer has not seen come first. */
export const ENTRY_FRESH_MS = 48 * 60 * 60 * 1000;
/** The largest value of a slider, with which a viewer steers their order; 1 is the usual one. */
export const SLIDER_MAX = 2;
/** Tastes ("more like this") that an account keeps; the oldest goes first. They have some 8 KB. */
export const TASTES_MAX = 100;
/** How often a change of an account's steering is tried while others change it at the same time. */
export const STEERING_ATTEMPTS = 10;
