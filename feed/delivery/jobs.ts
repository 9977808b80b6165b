/**
 * Jobs: work that must run at least once. The batch of a change writes its jobs to the outbox; training
 * data and the counts that are stored with posts get a row only once they have failed. Each job is sent to
 * a queue or run at once, and its row is deleted when it is done; a sweep sends jobs again whose rows
 * remain. A sweep is a job without a row: the next minute has another one. All jobs are idempotent and
 * assume no order: they read the current state and update the rest from it.
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

/** A range of follower buckets, both ends included. */
export const bucketRangeSchema = z.tuple([bucketSchema, bucketSchema]);
export type BucketRange = z.infer<typeof bucketRangeSchema>;

/**
 * The change that a finished job exports. Only one job of a change carries it, and only while events are
 * exported, so that no event is sent twice.
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
  /** The key of the outbox row, together with `part`; its bucket determines the row's shard. */
  id: idSchema,
  part: z.int().min(0),
  /** The number of failed attempts. */
  attempt: z.int().min(0),
  tells: tellingSchema.optional(),
};

/** Delivers one change to the followers of `author` in a range of buckets. */
export const fanoutJobSchema = z.object({
  ...common,
  kind: z.literal("fanout"),
  author: idSchema,
  range: bucketRangeSchema,
  change: changeSchema,
  /** The recipients that have not answered yet; absent if all must be called. */
  only: z.array(idSchema).optional(),
});
export type FanoutJob = z.infer<typeof fanoutJobSchema>;

/**
 * Updates the followees' sides of edges, and the follower's timeline, from the follower's side.
 * `backfill` merges missing posts into the timeline; `rebuild` makes it cold, so that its next read
 * rebuilds it, which is cheaper when many edges change at once.
 */
export const edgesJobSchema = z.object({
  ...common,
  kind: z.literal("edges"),
  follower: idSchema,
  followees: z.array(idSchema).min(1),
  timeline: z.enum(["backfill", "rebuild"]),
  /** Where to place the follower's timeline if this is its first call. */
  hint: z.string().nullable(),
});
export type EdgesJob = z.infer<typeof edgesJobSchema>;

/**
 * Brings what an import has added to an author's history to those who hold a copy of it: the timelines of the
 * followers in a range of buckets, and with part 0 the author's own timeline and the author feed.
 */
export const historyJobSchema = z.object({
  ...common,
  kind: z.literal("history"),
  author: idSchema,
  /** Null for a part that only exports posts. */
  range: bucketRangeSchema.nullable(),
  /** The newest added entry: a timeline that does not reach down to it lacks nothing. */
  newest: idSchema,
  /** The posts that the job exports; none unless events are exported. */
  posts: z
    .array(
      z.object({
        id: idSchema,
        text: z.string(),
        replyTo: z.object({ id: idSchema, author: idSchema }).nullable(),
      }),
    )
    .optional(),
});
export type HistoryJob = z.infer<typeof historyJobSchema>;

/** Updates the list and the count of replies of `parent`, by whether `reply` exists. */
export const replyJobSchema = z.object({
  ...common,
  kind: z.literal("reply"),
  reply: idSchema,
  parent: idSchema,
});
export type ReplyJob = z.infer<typeof replyJobSchema>;

/**
 * Updates a post's counter with the tally of the actor's bucket. The request has already updated the
 * actor's own timeline; a job from the sweep repeats that, because the request may have failed.
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

/** Deletes every repost of a deleted post, a page at a time. */
export const eraseJobSchema = z.object({
  ...common,
  kind: z.literal("erase"),
  post: idSchema,
  /** The account at which the page before has ended; absent in the first page. */
  after: idSchema.optional(),
  /** The author of the post, if the job exports its deletion. */
  author: idSchema.optional(),
});
export type EraseJob = z.infer<typeof eraseJobSchema>;

/**
 * Takes what replies show of a deleted post out of timelines, a page of replies at a time. With `reply` it
 * does that for this one reply, with its author and a page of those who reposted it.
 */
export const orphanJobSchema = z.object({
  ...common,
  kind: z.literal("orphan"),
  /** The deleted post. */
  post: idSchema,
  /** The reply at which the page before has ended; absent in the first page. */
  below: idSchema.optional(),
  reply: idSchema.optional(),
  /** The account at which the page before of the reposts of `reply` has ended. */
  after: idSchema.optional(),
  /** The author of the deleted post, if the job exports its deletion. */
  author: idSchema.optional(),
});
export type OrphanJob = z.infer<typeof orphanJobSchema>;

/** Updates the other side of a mute or block, and both timelines, from the actor's side. */
export const relationJobSchema = z.object({
  ...common,
  kind: z.literal("relation"),
  actor: idSchema,
  target: idSchema,
});
export type RelationJob = z.infer<typeof relationJobSchema>;

/** What an account's job does, in this order; a deletion does all but the first. */
const accountStepSchema = z.enum([
  "reposts",
  "reactions",
  "posts",
  "following",
  "followers",
  "relations",
  "letters",
  "rest",
]);
export type AccountStep = z.infer<typeof accountStepSchema>;

/** Does what follows from an account's state, a page at a time. It is retried without end. */
export const accountJobSchema = z.object({
  ...common,
  kind: z.literal("account"),
  account: idSchema,
  step: accountStepSchema,
  /** Where the page before has ended; absent in the first page of a step. */
  after: z.string().optional(),
  /** How often a deletion has gone through the steps, with this time. */
  round: z.int().min(1),
});
export type AccountJob = z.infer<typeof accountJobSchema>;

/** An impression of a post: how long, and whether the viewer opened it. */
export const impressionSchema = z.object({
  postId: idSchema,
  dwellMs: z.int().min(0).optional(),
  opened: z.boolean().optional(),
});
export type Impression = z.infer<typeof impressionSchema>;

/** Records a viewer's impressions in the viewer's timeline. Earlier versions of the Worker sent these jobs. */
export const impressionsJobSchema = z.object({
  ...common,
  kind: z.literal("impressions"),
  viewer: idSchema,
  items: z.array(impressionSchema),
});
export type ImpressionsJob = z.infer<typeof impressionsJobSchema>;

/**
 * Stores a served page for training: a line of the log that names its viewer. Earlier versions of the
 * Worker sent these jobs.
 */
export const servedJobSchema = z.object({
  ...common,
  kind: z.literal("served"),
  viewer: idSchema,
  line: z.string().max(RANK_LOG_LINE_MAX_BYTES),
});
export type ServedJob = z.infer<typeof servedJobSchema>;

/**
 * Brings an author's new card to the counters of those of their posts that others have reposted, whose
 * followers get no fan-out of it; a page of posts at a time, and all of them twice: a repost that was being
 * written may have taken the old card. A newer change of the profile ends it.
 */
export const profileJobSchema = z.object({
  ...common,
  kind: z.literal("profile"),
  author: idSchema,
  /** The version of the profile. */
  version: z.int(),
  /** The post at which the page before has ended; absent in the first page. */
  below: idSchema.optional(),
  /** Whether it is the second time. */
  again: z.boolean(),
});
export type ProfileJob = z.infer<typeof profileJobSchema>;

/** Stores a counter's value with the post; an older value changes nothing. */
export const countedJobSchema = z.object({
  ...common,
  kind: z.literal("counted"),
  post: idSchema,
  counts: countsSchema,
  version: z.int(),
});
export type CountedJob = z.infer<typeof countedJobSchema>;

/**
 * Sends a new epoch of `author` to the followers in a range of buckets. It is retried without end until
 * all of them have acknowledged it, because the author's posts go both ways until then.
 */
export const modeJobSchema = z.object({
  ...common,
  kind: z.literal("mode"),
  author: idSchema,
  epoch: z.int().min(1),
  range: bucketRangeSchema,
});
export type ModeJob = z.infer<typeof modeJobSchema>;

/**
 * Sweeps the shards from `from` up to `to`, which is not among them. One of several shards splits into
 * sweeps of fewer.
 */
export const sweepJobSchema = z.object({
  ...common,
  kind: z.literal("sweep"),
  from: z.int().min(0),
  to: z.int().min(1),
});
export type SweepJob = z.infer<typeof sweepJobSchema>;

/** Tells the home timeline of an account which of its sessions have ended. */
export const sessionsJobSchema = z.object({
  ...common,
  kind: z.literal("sessions"),
  account: idSchema,
  /** Where to place the account's timeline if this is its first call. */
  hint: z.string().nullable(),
});
export type SessionsJob = z.infer<typeof sessionsJobSchema>;

/** A queue message. One with an unknown version or kind becomes a dead letter. */
export const jobSchema = z.discriminatedUnion("kind", [
  fanoutJobSchema,
  edgesJobSchema,
  historyJobSchema,
  replyJobSchema,
  tallyJobSchema,
  eraseJobSchema,
  orphanJobSchema,
  relationJobSchema,
  impressionsJobSchema,
  servedJobSchema,
  countedJobSchema,
  profileJobSchema,
  modeJobSchema,
  sessionsJobSchema,
  accountJobSchema,
  sweepJobSchema,
]);
export type Job = z.infer<typeof jobSchema>;

/** Parses stored jobs. Leaves out those of a newer version of the code, which will read them itself. */
export function storedJobs(texts: readonly string[]): Job[] {
  return texts.flatMap((text) => {
    const job = jobSchema.safeParse(JSON.parse(text));
    return job.success ? [job.data] : [];
  });
}

/**
 * Whether a job may have an outbox row, and become a dead letter. A sweep has neither, because cron sends
 * the next one within a minute.
 */
export function mayHaveRow(job: Job): boolean {
  return job.kind !== "sweep";
}

/** The key of an outbox row. */
export interface OutboxKey {
  id: Id;
  part: number;
}
