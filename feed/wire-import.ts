/** The NDJSON of `POST /v1/admin/import`: its lines, and the report at the end of the answer. */
import { z } from "zod";
import { handleSchema, nameSchema } from "./wire-text.ts";

/** One line of an import: an account, or a follow as `[follower, followee]`. */
export const importLineSchema = z.union([
  z.strictObject({
    user: z.strictObject({ handle: handleSchema, name: nameSchema.optional() }),
  }),
  z.strictObject({ follow: z.tuple([handleSchema, handleSchema]) }),
]);
export type ImportLine = z.infer<typeof importLineSchema>;

const countSchema = z.int().min(0);

/** The last line of the answer: the number of lines of each kind. */
export const importReportSchema = z
  .object({ users: countSchema, follows: countSchema, skipped: countSchema, errors: countSchema })
  .meta({ id: "ImportReport" });
export type ImportReport = z.infer<typeof importReportSchema>;
