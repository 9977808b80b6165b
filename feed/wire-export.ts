/** The NDJSON of an account's export, and the bodies of deleting and suspending one. */
import { z } from "zod";
import { wireCountsSchema } from "./wire.ts";
import { named } from "./wire-examples.ts";

const idSchema = z.string();
const atSchema = z.iso.datetime();

/** Confirms the deletion of one's account. */
export const deletionSchema = z
  .strictObject({
    password: z.string().optional().meta({
      description:
        "The account's. One without a password, whose people sign in elsewhere, is deleted with a token of the last five minutes.",
    }),
  })
  .meta(named("Deletion"));

/** The states of an account; one that is `gone` is a handle alone. */
const stateSchema = z.enum(["active", "suspended", "leaving", "gone"]);

/** The state that an administrator puts an account into; `leaving` deletes it. */
export const wantedStateSchema = z
  .strictObject({ state: z.enum(["active", "suspended", "leaving"]) })
  .meta(named("WantedState"));

/** An account's state, as administrators see it. */
export const accountStateSchema = z
  .object({ id: idSchema, handle: z.string(), state: stateSchema })
  .meta(named("AccountState"));

/** A line of an export: one thing that is stored about the account. */
export const exportLineSchema = z
  .union([
    z
      .object({
        account: z.object({
          id: idSchema,
          handle: z.string(),
          name: z.string(),
          bio: z.string(),
          avatarUrl: z.string().nullable(),
          createdAt: atSchema,
          state: stateSchema,
          counts: z.object({ followers: z.int(), following: z.int(), posts: z.int() }),
        }),
      })
      .meta(named("ExportedAccount")),
    z
      .object({
        post: z.object({
          id: idSchema,
          createdAt: atSchema,
          text: z.string(),
          replyTo: idSchema.nullable(),
          counts: wireCountsSchema,
        }),
      })
      .meta(named("ExportedPost")),
    z
      .object({
        reaction: z.object({ kind: z.enum(["like", "repost"]), postId: idSchema, at: atSchema }),
      })
      .meta(named("ExportedReaction")),
    z
      .object({
        relation: z.object({
          kind: z.enum(["following", "follower", "mute", "block"]),
          userId: idSchema,
        }),
      })
      .meta(named("ExportedRelation")),
    z
      .object({
        seen: z.object({
          at: atSchema,
          items: z.array(
            z.object({
              postId: idSchema,
              dwellMs: z.int().optional(),
              opened: z.boolean().optional(),
            }),
          ),
        }),
      })
      .meta(named("ExportedImpressions")),
    z
      .object({ session: z.object({ device: z.string(), lastUsedAt: atSchema }) })
      .meta(named("ExportedSession")),
    z
      .object({ identity: z.object({ issuer: z.string(), sub: z.string() }) })
      .meta(named("ExportedIdentity")),
    z.object({ end: z.literal(true), next: z.string().nullable() }).meta(named("ExportEnd")),
  ])
  .meta({ id: "ExportLine" });
export type ExportLine = z.infer<typeof exportLineSchema>;
