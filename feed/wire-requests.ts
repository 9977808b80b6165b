/** The shapes of the API's requests, which validate them. A request with an unknown field is refused. */
import { z } from "zod";
import { ID_PATTERN } from "./ids.ts";
import { CHALLENGE_MAX_CHARS } from "./limits-protection.ts";
import { AVATAR_URL_MAX_CHARS } from "./limits-profiles.ts";
import {
  CURSOR_MAX_CHARS,
  DWELL_MAX_MS,
  IMPRESSIONS_MAX_ITEMS,
  PAGE_DEFAULT_ITEMS,
  PAGE_MAX_ITEMS,
  PASSWORD_MAX_CHARS,
  PASSWORD_MIN_CHARS,
} from "./limits.ts";
import { named } from "./wire-examples.ts";
import { bioSchema, handleSchema, nameSchema, postTextSchema } from "./wire-text.ts";

export const newAccountSchema = z
  .strictObject({
    handle: handleSchema,
    password: z.string().min(PASSWORD_MIN_CHARS).max(PASSWORD_MAX_CHARS),
    name: nameSchema.optional(),
    challenge: z.string().max(CHALLENGE_MAX_CHARS).optional().meta({
      description: "The answer of Turnstile's widget, where sign-ups need one. It is good once.",
    }),
  })
  .meta(named("NewAccount"));

export const profileChangeSchema = z
  .strictObject({
    name: nameSchema.optional(),
    bio: bioSchema.optional(),
    avatarUrl: z
      .string()
      .max(AVATAR_URL_MAX_CHARS)
      .nullable()
      .meta({ description: "An https address on a host of `IMAGE_HOSTS`; null for no picture." })
      .optional(),
  })
  .meta(named("ProfileChange"));

export const credentialsSchema = z
  .strictObject({ handle: z.string(), password: z.string() })
  .meta(named("Credentials"));

export const newPostSchema = z
  .strictObject({
    text: postTextSchema,
    replyTo: z
      .string()
      .regex(ID_PATTERN, "not the id of a post")
      .optional()
      .meta({ description: "The id of the post that this one answers." }),
  })
  .meta(named("NewPost"));

export const newImpressionsSchema = z
  .strictObject({
    items: z
      .array(
        z.strictObject({
          postId: z.string().regex(ID_PATTERN, "not the id of a post"),
          dwellMs: z.int().min(0).max(DWELL_MAX_MS).optional().meta({
            description: "How long the post was on screen, in milliseconds.",
          }),
          opened: z.boolean().optional().meta({ description: "Whether the viewer opened it." }),
        }),
      )
      .min(1)
      .max(IMPRESSIONS_MAX_ITEMS),
  })
  .meta(named("NewImpressions"));

/** `?cursor=` and `?limit=` of every list. */
export const pageQuerySchema = z.strictObject({
  cursor: z
    .string()
    .max(CURSOR_MAX_CHARS)
    .optional()
    .meta({ description: "`next` of the page before." }),
  limit: z
    .string()
    .regex(/^\d{1,3}$/, `a number from 1 to ${PAGE_MAX_ITEMS}`)
    .default(String(PAGE_DEFAULT_ITEMS))
    .transform(Number)
    .pipe(z.int().min(1).max(PAGE_MAX_ITEMS))
    .meta({
      description: "The most items of the page.",
      type: "integer",
      minimum: 1,
      maximum: PAGE_MAX_ITEMS,
      default: PAGE_DEFAULT_ITEMS,
    }),
});

/** A user in a path: an id or `@handle`. */
export const userRefSchema = z.string().min(1).max(64).meta({
  description: "An account id, or @ followed by a handle.",
  example: "@ada",
});
