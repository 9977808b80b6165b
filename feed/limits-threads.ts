/** Limits of what replies show of other posts. */

/** Characters and lines of a parent that a reply shows: half a post, so that the reply stays the larger. */
export const PARENT_TEXT_MAX_CHARS = 140;
export const PARENT_TEXT_MAX_LINES = 3;
/** Parents that one fill of a timeline or an author's feed reads, of its newest replies. */
export const PARENTS_READ_MAX = 200;
/** Posts above a reply in one answer: each is a read after the one before. */
export const ANCESTORS_MAX = 20;
