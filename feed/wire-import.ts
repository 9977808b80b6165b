/** The NDJSON of `POST /v1/admin/import`: its lines, and the report at the end of the answer. */
import { z } from "zod";
import { named } from "./wire-examples.ts";
import { handleSchema, nameSchema } from "./wire-text.ts";

/** One line of an import: an account, or a follow as `[follower, followee]`. */
export const importLineSchema = z
  .union([
    z
      .strictObject({ user: z.strictObject({ handle: handleSchema, name: nameSchema.optional() }) })
      .meta(named("ImportedUser")),
    z.strictObject({ follow: z.tuple([handleSchema, handleSchema]) }).meta(named("ImportedFollow")),
  ])
  .meta({ id: "ImportLine" });
export type ImportLine = z.infer<typeof importLineSchema>;

const countSchema = z.int().min(0);

/** The last line of the answer: the number of lines of each kind. */
export const importReportSchema = z
  .object({ users: countSchema, follows: countSchema, skipped: countSchema, errors: countSchema })
  .meta(named("ImportReport"));
export type ImportReport = z.infer<typeof importReportSchema>;

/**
 * A line of the answer: how many lines have been read, an error in a line, the error that stopped the
 * import (without `line`), or the report, which is the last line.
 */
export const importAnswerSchema = z
  .union([
    z.object({ lines: countSchema }).meta(named("ImportProgress")),
    z.object({ line: countSchema.optional(), error: z.string() }).meta(named("ImportError")),
    importReportSchema,
  ])
  .meta({ id: "ImportAnswer" });
export type ImportAnswer = z.infer<typeof importAnswerSchema>;
