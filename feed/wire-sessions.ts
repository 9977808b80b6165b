/** The shapes of the API's contract about sessions, passwords and other issuers. */
import { z } from "zod";
import { PASSWORD_MAX_CHARS, PASSWORD_MIN_CHARS } from "./limits.ts";
import { sessionSchema } from "./wire.ts";
import { named } from "./wire-examples.ts";

const timeSchema = z.iso.datetime();
const refreshTokenSchema = z.string().max(1_000);

export const signedInSchema = sessionSchema
  .extend({ refreshToken: z.string().meta({ description: "Renews the tokens, once." }) })
  .meta(named("SignedIn"));
export type SignedIn = z.infer<typeof signedInSchema>;

export const refreshRequestSchema = z
  .strictObject({ refreshToken: refreshTokenSchema })
  .meta(named("RefreshRequest"));
export const refreshedSchema = z
  .object({
    token: z.string(),
    expiresAt: timeSchema.meta({ description: "The end of the token." }),
    refreshToken: z.string().meta({ description: "The next one; the old one is used up." }),
  })
  .meta(named("Refreshed"));
export type Refreshed = z.infer<typeof refreshedSchema>;

const openSessionSchema = z
  .object({
    id: z.string(),
    createdAt: timeSchema,
    lastUsedAt: timeSchema,
    device: z.string().meta({ description: "What the client called itself when it signed in." }),
    current: z.boolean().meta({ description: "Whether it is the session of this request." }),
  })
  .meta(named("OpenSession"));
export const openSessionListSchema = z
  .object({ items: z.array(openSessionSchema), next: z.null() })
  .meta(named("OpenSessionList"));

export const passwordChangeSchema = z
  .strictObject({
    current: z.string(),
    new: z.string().min(PASSWORD_MIN_CHARS).max(PASSWORD_MAX_CHARS),
  })
  .meta(named("PasswordChange"));

export const identityLinkSchema = z
  .strictObject({
    token: z.string().min(1).max(16_384).meta({ description: "A token of that issuer." }),
  })
  .meta(named("IdentityLink"));
export const linkedIdentitySchema = z
  .object({ issuer: z.string(), sub: z.string() })
  .meta(named("LinkedIdentity"));

export const ticketSchema = z
  .object({ ticket: z.string(), expiresAt: timeSchema })
  .meta(named("Ticket"));
export type Ticket = z.infer<typeof ticketSchema>;
