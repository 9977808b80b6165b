/** The NDJSON of `POST /v1/admin/import`: its lines, and the report at the end of the answer. */
import { z } from "zod";
import { EXTERNAL_ID_MAX_CHARS, IMPORT_KEY_MAX_CHARS } from "./limits-import.ts";
import { AVATAR_URL_MAX_CHARS } from "./limits-profiles.ts";
import { named } from "./wire-examples.ts";
import { bioSchema, handleSchema, nameSchema, postTextSchema } from "./wire-text.ts";

/** The caller's name of a post, in one namespace for all posts of all imports. */
const keySchema = z.string().min(1).max(IMPORT_KEY_MAX_CHARS);
/** When something happened; milliseconds are the smallest step. */
const timeSchema = z.iso.datetime({ offset: true });

/**
 * One line of an import: an account, a follow as `[follower, followee]`, a post, a like as `[account, post]`, or
 * a repost as `[account, post, time]`. Accounts are named by handle, and posts by key.
 */
export const importLineSchema = z
  .union([
    z
      .strictObject({
        user: z.strictObject({
          handle: handleSchema,
          name: nameSchema.optional(),
          bio: bioSchema.optional(),
          avatarUrl: z.string().max(AVATAR_URL_MAX_CHARS).nullable().optional(),
          externalId: z
            .strictObject({
              iss: z.string().min(1).max(EXTERNAL_ID_MAX_CHARS),
              sub: z.string().min(1).max(EXTERNAL_ID_MAX_CHARS),
            })
            .optional()
            .meta({
              description: "The subject of another issuer whose tokens are good for the account.",
            }),
        }),
      })
      .meta({
        ...named("ImportedUser"),
        description:
          "An account. With `bio`, `avatarUrl` or `externalId` the line also changes an account that exists, its name included.",
      }),
    z.strictObject({ follow: z.tuple([handleSchema, handleSchema]) }).meta(named("ImportedFollow")),
    z
      .strictObject({
        post: z.strictObject({
          key: keySchema,
          author: handleSchema,
          text: postTextSchema,
          at: timeSchema,
          replyTo: keySchema.optional(),
        }),
      })
      .meta(named("ImportedPost")),
    z.strictObject({ like: z.tuple([handleSchema, keySchema]) }).meta(named("ImportedLike")),
    z
      .strictObject({ repost: z.tuple([handleSchema, keySchema, timeSchema]) })
      .meta(named("ImportedRepost")),
  ])
  .meta({ id: "ImportLine" });
export type ImportLine = z.infer<typeof importLineSchema>;
export type ImportedUser = Extract<ImportLine, { user: unknown }>["user"];

const countSchema = z.int().min(0);

/** The last line of the answer: the number of lines of each kind. */
export const importReportSchema = z
  .object({
    users: countSchema.meta({ description: "New accounts." }),
    follows: countSchema,
    posts: countSchema,
    likes: countSchema,
    reposts: countSchema,
    skipped: countSchema.meta({ description: "Lines that changed nothing." }),
    errors: countSchema,
    next: countSchema.nullable().meta({
      description:
        "The line with which the next request continues, because one request imports a bounded share; null at the end.",
    }),
  })
  .meta(named("ImportReport"));
export type ImportReport = z.infer<typeof importReportSchema>;

/**
 * A line of the answer: how many lines have been read, the id that a line has made or found, an error in a line,
 * the error that stopped the import (without `line`), or the report, which is the last line.
 */
export const importAnswerSchema = z
  .union([
    z.object({ lines: countSchema }).meta(named("ImportProgress")),
    z.object({ line: countSchema, id: z.string() }).meta(named("ImportedId")),
    z.object({ line: countSchema.optional(), error: z.string() }).meta(named("ImportError")),
    importReportSchema,
  ])
  .meta({ id: "ImportAnswer" });
export type ImportAnswer = z.infer<typeof importAnswerSchema>;
