/**
 * Work that must be done at least once. Each job is written to the outbox in the batch of what
 * caused it, sent to a queue or run at once, and its row goes when it is done; a sweep sends rows
 * that stayed. All jobs are idempotent and assume no order: they read what is true and bring the
 * rest in step with it.
 */
import { z } from "zod";
import { changeSchema, countsSchema } from "../timeline/entry.ts";
import { ID_PATTERN, type Id } from "../ids.ts";
import { BUCKETS, RANK_LOG_LINE_MAX_BYTES } from "../limits.ts";

const idSchema = z.string().regex(ID_PATTERN);
const bucketSchema = z
  .int()
  .min(0)
  .max(BUCKETS - 1);

/** Follower buckets from..to, both included. */
export const bucketRangeSchema = z.tuple([bucketSchema, bucketSchema]);
export type BucketRange = z.infer<typeof bucketRangeSchema>;

/**
 * What the export of events is to be told when a job is done. It is said only while events are
 * exported, and by one job of a change, so that nothing is told twice.
 */
const tellingSchema = z.enum([
  "post",
  "delete",
  "follow",
  "unfollow",
  "react",
  "unreact",
  "block",
  "mode",
  "impressions",
]);
export type ExportedChange = z.infer<typeof tellingSchema>;

const common = {
  v: z.literal(1),
  /** Names the outbox row together with `part`; its bucket tells the shard of that row. */
  id: idSchema,
  part: z.int().min(0),
  /** How often the job has failed so far. */
  attempt: z.int().min(0),
  tells: tellingSchema.optional(),
};

/** Brings one change to the followers of `author` in a range of buckets. */
export const fanoutJobSchema = z.object({
  ...common,
  kind: z.literal("fanout"),
  author: idSchema,
  range: bucketRangeSchema,
  change: changeSchema,
  /** If given, only these have not answered yet. */
  only: z.array(idSchema).optional(),
});
export type FanoutJob = z.infer<typeof fanoutJobSchema>;

/**
 * Brings the followees' sides of some edges, and the follower's timeline, in step with the
 * follower's side. `backfill` hands the timeline what is missing; `rebuild` makes it cold, so that
 * its next read rebuilds it, which is cheaper when many edges change at once.
 */
export const edgesJobSchema = z.object({
  ...common,
  kind: z.literal("edges"),
  follower: idSchema,
  followees: z.array(idSchema).min(1),
  timeline: z.enum(["backfill", "rebuild"]),
  /** Where the follower's timeline is placed if this is the first to call it. */
  hint: z.string().nullable(),
});
export type EdgesJob = z.infer<typeof edgesJobSchema>;

/** Brings the list of replies of `parent`, and its count, in step with whether `reply` exists. */
export const replyJobSchema = z.object({
  ...common,
  kind: z.literal("reply"),
  reply: idSchema,
  parent: idSchema,
});
export type ReplyJob = z.infer<typeof replyJobSchema>;

/**
 * Brings a post's counter in step with how many accounts of the actor's bucket react to it. The
 * actor's own timeline was told before the call was answered; if the job comes from the sweep, that
 * may have failed, so it is told again.
 */
export const tallyJobSchema = z.object({
  ...common,
  kind: z.literal("tally"),
  post: idSchema,
  actor: idSchema,
  reaction: z.enum(["like", "repost"]),
  swept: z.boolean().optional(),
});
export type TallyJob = z.infer<typeof tallyJobSchema>;

/** Takes away every repost of a post that has been deleted. */
export const eraseJobSchema = z.object({ ...common, kind: z.literal("erase"), post: idSchema });
export type EraseJob = z.infer<typeof eraseJobSchema>;

/** Brings the other side of a mute or block, and both timelines, in step with the actor's side. */
export const relationJobSchema = z.object({
  ...common,
  kind: z.literal("relation"),
  actor: idSchema,
  target: idSchema,
});
export type RelationJob = z.infer<typeof relationJobSchema>;

/** One thing that was seen: for how long, and whether it was opened. */
export const impressionSchema = z.object({
  postId: idSchema,
  dwellMs: z.int().min(0).optional(),
  opened: z.boolean().optional(),
});
export type Impression = z.infer<typeof impressionSchema>;

/** Keeps what a viewer has seen, for training, and tells the viewer's timeline. */
export const impressionsJobSchema = z.object({
  ...common,
  kind: z.literal("impressions"),
  viewer: idSchema,
  items: z.array(impressionSchema),
});
export type ImpressionsJob = z.infer<typeof impressionsJobSchema>;

/** Keeps a page that was served, for training: a line of the log without what the viewer did. */
export const servedJobSchema = z.object({
  ...common,
  kind: z.literal("served"),
  viewer: idSchema,
  line: z.string().max(RANK_LOG_LINE_MAX_BYTES),
});
export type ServedJob = z.infer<typeof servedJobSchema>;

/** Writes a counter's value to the post itself; an older value changes nothing. */
export const countedJobSchema = z.object({
  ...common,
  kind: z.literal("counted"),
  post: idSchema,
  counts: countsSchema,
  version: z.int(),
});
export type CountedJob = z.infer<typeof countedJobSchema>;

/**
 * Tells the followers of `author` in a range of buckets that the epoch has begun. It is tried until
 * all of them have heard, however long that takes: until then the author's posts go both ways.
 */
export const modeJobSchema = z.object({
  ...common,
  kind: z.literal("mode"),
  author: idSchema,
  epoch: z.int().min(1),
  range: bucketRangeSchema,
});
export type ModeJob = z.infer<typeof modeJobSchema>;

/** A queue message. A version or kind that is not known here is kept as a dead letter. */
export const jobSchema = z.discriminatedUnion("kind", [
  fanoutJobSchema,
  edgesJobSchema,
  replyJobSchema,
  tallyJobSchema,
  eraseJobSchema,
  relationJobSchema,
  impressionsJobSchema,
  servedJobSchema,
  countedJobSchema,
  modeJobSchema,
]);
export type Job = z.infer<typeof jobSchema>;

/** Names an outbox row. */
export interface OutboxKey {
  id: Id;
  part: number;
}
