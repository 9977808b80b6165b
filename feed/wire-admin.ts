/** Administrators' keys and the log of their uses, as the API shows them. */
import { z } from "zod";
import { ADMIN_SCOPES } from "./admin-access.ts";
import { ADMIN_KEY_NAME_MAX_CHARS } from "./limits-protection.ts";
import { named } from "./wire-examples.ts";

const scopesSchema = z
  .array(z.enum(ADMIN_SCOPES))
  .min(1)
  .refine((scopes) => new Set(scopes).size === scopes.length, "a scope is there twice");

/** A key to make: by default it lasts 90 days, at most a year. */
export const newAdminKeySchema = z
  .strictObject({
    name: z.string().trim().min(1).max(ADMIN_KEY_NAME_MAX_CHARS).optional(),
    scopes: scopesSchema,
    expiresAt: z.iso.datetime().optional(),
  })
  .meta(named("NewAdminKey"));

const adminKeySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.enum(ADMIN_SCOPES)),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
  })
  .meta(named("AdminKey"));

/** A new key with its token, which is shown this once. */
export const madeAdminKeySchema = z
  .object({ key: adminKeySchema, token: z.string() })
  .meta(named("MadeAdminKey"));

export const adminKeyListSchema = z
  .object({ items: z.array(adminKeySchema), next: z.null() })
  .meta(named("AdminKeyList"));

const adminUseSchema = z
  .object({
    at: z.iso.datetime(),
    by: z.string().meta({ description: "The id of a key, or `root`: the ADMIN_TOKEN." }),
    operation: z.string(),
    subject: z.string().nullable().meta({ description: "The id of an account." }),
    times: z.int(),
    requestId: z.string(),
  })
  .meta(named("AdminUse"));

export const adminUseListSchema = z
  .object({ items: z.array(adminUseSchema), next: z.string().nullable() })
  .meta(named("AdminUseList"));
