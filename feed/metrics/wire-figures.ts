/** The figures of a deployment, as the operations page gets them. */
import { z } from "zod";
import { named } from "../wire-examples.ts";

const counts = z.record(z.string(), z.int());

const histogramSchema = z.object({
  count: z.int(),
  sumMs: z.number(),
  buckets: counts,
});

const waiting = z.int().nullable();

export const figuresSchema = z
  .object({
    at: z.iso.datetime(),
    regions: z.array(
      z.object({
        region: z.string(),
        /** When these sums started at 0, in milliseconds since 1970; sums with another start do not continue them. */
        since: z.iso.datetime(),
        counters: counts,
        timings: z.record(z.string(), histogramSchema),
      }),
    ),
    /** Regions that did not answer. */
    missing: z.array(z.string()),
    /** The backlogs; null where one could not be read. */
    backlog: z.object({
      outbox: waiting,
      deadLetters: waiting,
      queues: z.record(z.string(), waiting),
    }),
  })
  .meta(named("Figures"));
export type WireFigures = z.infer<typeof figuresSchema>;
