/** The figures of a deployment as they travel to the operations page. */
import { z } from "zod";

const counts = z.record(z.string(), z.int());

const histogramSchema = z.object({
  count: z.int(),
  sumMs: z.number(),
  buckets: counts,
});

const waiting = z.int().nullable();

export const figuresSchema = z.object({
  at: z.iso.datetime(),
  regions: z.array(
    z.object({
      region: z.string(),
      /** When these sums began at nothing; after another beginning they are no continuation. */
      since: z.iso.datetime(),
      counters: counts,
      timings: z.record(z.string(), histogramSchema),
    }),
  ),
  /** Regions that did not answer. */
  missing: z.array(z.string()),
  /** What waits to be done; null is what could not be asked. */
  backlog: z.object({
    outbox: waiting,
    deadLetters: waiting,
    queues: z.record(z.string(), waiting),
  }),
});
export type WireFigures = z.infer<typeof figuresSchema>;
