/** The file that holds the account of recording-wrangler.ts. */
import { z } from "zod";

export const recordedAccountSchema = z.object({
  /** An empty list means that nobody is logged in. */
  accounts: z.array(z.object({ id: z.string(), name: z.string() })),
  databases: z.array(z.string()),
  namespaces: z.array(z.string()),
  queues: z.array(z.string()),
  /** Null without R2. */
  buckets: z.array(z.string()).nullable(),
  /** Null before the first deploy. */
  secrets: z.array(z.string()).nullable(),
  /** The binding whose migration fails. */
  brokenShard: z.string().nullable(),
  /** The address of the deployed Worker. */
  address: z.string(),
});
export type RecordedAccount = z.infer<typeof recordedAccountSchema>;
