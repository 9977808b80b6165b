/** Limits of finding people. */

/** Users in one answer with suggestions; the contract's figure. */
export const SUGGESTIONS_MAX = 20;
/** Followees whose followees are suggested: each is one read of a list. */
export const SUGGESTIONS_SAMPLE = 10;
/** The newest followees among which the sample is drawn. */
export const SUGGESTIONS_SAMPLE_FROM = 100;
/** Newest followees of each of the sample. */
export const SUGGESTIONS_EACH = 20;
/** Candidates that are looked up, so that enough are left without those that the viewer must not see. */
export const SUGGESTIONS_CANDIDATES_MAX = 60;
