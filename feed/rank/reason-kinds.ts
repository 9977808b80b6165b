/** Why an item of a ranked page is where it is, as pages say it in sentences. */

/** The kinds, in the order in which they are given. */
export const REASON_KINDS = [
  "own",
  "answersYou",
  "askedMore",
  "askedLess",
  "oftenLiked",
  "oftenAnswered",
  "oftenReposted",
  "oftenRead",
  "repostedBy",
  "new",
  "answersFollowed",
  "rising",
  "popular",
  "answeredBefore",
  "likedBefore",
  "repostedBefore",
  "readBefore",
  "seenBefore",
  "followed",
] as const;
export type ReasonKind = (typeof REASON_KINDS)[number];
