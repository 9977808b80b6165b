/**
 * The actions of a viewer on a post, and their weights. The model predicts the probability of each
 * action; the score is their weighted sum.
 */

/** The heads of the model, in the order of its outputs. */
export const HEADS = ["like", "repost", "reply", "open", "dwell", "hide"] as const;
export type Head = (typeof HEADS)[number];

/** The weight of each action. Scores are in these units: 0.5 is one certain like. */
export type Weights = Record<Head, number>;

/**
 * The weights that X has published for its home timeline (xai-org/x-algorithm, `vm-ranker/params.rs`
 * and `home-mixer/params/param.rs`, 2026): `FavoriteWeight`, `RetweetWeight`, `ReplyWeight`,
 * `ClickWeight`, `DwellWeight`, and for hiding `MuteAuthorWeight`. A model document carries its own.
 */
export const PUBLISHED_WEIGHTS: Weights = {
  like: 0.5,
  repost: 1,
  reply: 5,
  open: 0.3,
  dwell: 0.05,
  hide: -58.8,
};
