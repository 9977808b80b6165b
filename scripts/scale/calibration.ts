/** What the calibration counted and measured; `npm run scale -- --calibrate` writes it anew. */
import { z } from "zod";

/** The stores whose operations are counted. */
export const COUNTED_STORES = ["d1", "objects"] as const;
export type CountedStore = (typeof COUNTED_STORES)[number];

/** Messages of a full batch of the two kinds of queue, as wrangler.toml sets them. */
export const FANOUT_BATCH = 20;
export const COUNTING_BATCH = 100;

/** One run of a verb: what it did, counted at the bindings. */
export const sampleSchema = z.object({
  verb: z.string(),
  shards: z.int(),
  /** What the verb worked on: messages of a batch, followees of a reader, reposts of a deleted post. */
  size: z.int(),
  /** Statements in all, and those of the shard that ran most; on store objects, calls of them. */
  statements: z.number(),
  statementsOfOneShard: z.number(),
  shardsTouched: z.number(),
  /** Calls of the store object of the account that the verb is about, without its lists; 0 on D1. */
  callsOfTarget: z.number(),
  rowsRead: z.number(),
  rowsWritten: z.number(),
  objectRows: z.number(),
  messages: z.number(),
  kvReads: z.number(),
  kvWrites: z.number(),
  /** Calls of objects, by the binding of their class. */
  calls: z.record(z.string(), z.number()),
});
export type Sample = z.infer<typeof sampleSchema>;

/** Sizes in bytes, or times in milliseconds, by what was measured. */
export const measuredSchema = z.record(z.string(), z.number());
export type Measured = z.infer<typeof measuredSchema>;

export const calibrationSchema = z.object({
  samples: z.array(sampleSchema),
  bytes: measuredSchema,
  times: measuredSchema,
});
export type Calibration = z.infer<typeof calibrationSchema>;
