/** The shapes of the API's answers. The Worker documents the API with them; clients take their types from them. */
import { z } from "zod";
import { PROBLEMS, type ProblemCode } from "./problem.ts";
import { REASON_KINDS } from "./rank/reason-kinds.ts";
import { named } from "./wire-examples.ts";

export {
  CLOSE_TOKEN_EXPIRED,
  codePoints,
  LIVE_PROTOCOL,
  LIVE_TICKET_PREFIX,
  LIVE_TOKEN_PREFIX,
} from "./timeline/protocol.ts";

// --- Answers ----------------------------------------------------------------------------------

const wireIdSchema = z.string().meta({
  description: "Opaque; sorts by time.",
  example: "1GB3Q7N8K0000000",
});
const timeSchema = z.iso.datetime().meta({ example: "2026-01-01T00:00:00.000Z" });
const countSchema = z.int().min(0);

const wireCardSchema = z
  .object({
    id: wireIdSchema,
    handle: z.string(),
    name: z.string(),
    avatarUrl: z.string().nullable(),
  })
  .meta(named("Author"));

export const wireCountsSchema = z
  .object({ likes: countSchema, reposts: countSchema, replies: countSchema })
  .meta(named("Counts"));

export const userSchema = z
  .object({
    id: wireIdSchema,
    handle: z.string(),
    name: z.string(),
    bio: z.string(),
    avatarUrl: z.string().nullable(),
    createdAt: timeSchema,
    counts: z
      .object({ followers: countSchema, following: countSchema, posts: countSchema })
      .meta({ id: "UserCounts" }),
    celebrity: z.boolean().meta({
      description: "Whether followers pull the account's posts, because it has very many.",
    }),
    viewer: z
      .object({
        following: z.boolean(),
        followedBy: z.boolean(),
        muted: z.boolean(),
        blocked: z.boolean(),
      })
      .meta({
        id: "Relations",
        description: "What is between the caller and the account; only with a token.",
      })
      .optional(),
  })
  .meta(named("User"));
export type User = z.infer<typeof userSchema>;

const parentSchema = z
  .object({
    id: wireIdSchema,
    author: wireCardSchema,
    text: z.string().meta({ description: "The first lines; an ellipsis ends what was cut." }),
  })
  .meta(named("Parent"));

export const postSchema = z
  .object({
    id: wireIdSchema,
    author: wireCardSchema,
    text: z.string(),
    createdAt: timeSchema,
    replyTo: wireIdSchema.nullable().meta({
      description: "The id of the post that it answers.",
      example: null,
    }),
    parent: parentSchema.nullable().meta({
      description:
        "What a reply answers, as far as the viewer may see it; null for a post that is no reply, and " +
        "once the parent is deleted or hidden.",
    }),
    counts: wireCountsSchema,
    viewer: z
      .object({ liked: z.boolean(), reposted: z.boolean() })
      .meta({ id: "Reactions", description: "What the caller did; only with a token." })
      .optional(),
  })
  .meta(named("Post"));
export type Post = z.infer<typeof postSchema>;

/** The explanation of a score. Each list has the largest contribution first. */
const whySchema = z
  .object({
    score: z
      .number()
      .meta({ description: "The expected value of the item to the viewer. 0.5 is a like." }),
    model: z.string().meta({ description: "The name of the model that ranked the item." }),
    typical: z.number().meta({ description: "The score of an item with average features." }),
    contributions: z
      .array(z.object({ group: z.string(), contribution: z.number() }))
      .meta({ description: "By group of features; they add up to the score minus `typical`." }),
    actions: z
      .array(
        z.object({
          action: z.string(),
          probability: z.number(),
          weight: z.number(),
          contribution: z.number(),
        }),
      )
      .meta({ description: "By action the viewer may take; they add up to the score." }),
    reasons: z.array(z.object({ kind: z.enum(REASON_KINDS), by: wireCardSchema.optional() })).meta({
      description: "What a page says in sentences; the most telling first, at least one.",
    }),
    adjustments: z
      .array(z.object({ kind: z.string(), factor: z.number(), by: wireCardSchema.optional() }))
      .meta({
        description: "What changes the score: what the viewer did with the post, and their taste.",
      }),
  })
  .meta({
    ...named("Why"),
    description: "The score of a ranked item and what made it, where `explain=true` asks for it.",
  });
export type Why = z.infer<typeof whySchema>;

export const timelineItemSchema = z
  .object({
    id: wireIdSchema.meta({
      description: "The entry's id: of the post, or of the repost. `latest` sorts by it.",
      example: "1GB3Q7N8K0000000",
    }),
    at: timeSchema.meta({ description: "The time of the post, or of the repost." }),
    post: postSchema,
    reason: z
      .object({
        kind: z.enum(["self", "following", "repost"]),
        by: wireCardSchema.optional(),
      })
      .meta({
        id: "Reason",
        description: "What brought the post into the list; `by` has reposted it.",
      }),
    why: whySchema.optional(),
  })
  .meta(named("TimelineItem"));
export type TimelineItem = z.infer<typeof timelineItemSchema>;

const nextSchema = z.string().nullable().meta({
  description: "Send it as ?cursor= to get the next page; null on the last page.",
});

export const sessionSchema = z
  .object({
    user: userSchema,
    token: z.string().meta({ description: "Goes into the header of calls." }),
    expiresAt: timeSchema.meta({ description: "The end of the token." }),
  })
  .meta(named("Session"));
export type Session = z.infer<typeof sessionSchema>;

export const userListSchema = z
  .object({ items: z.array(userSchema), next: nextSchema })
  .meta(named("UserList"));
export const postListSchema = z
  .object({ items: z.array(postSchema), next: nextSchema })
  .meta(named("PostList"));
export const timelineItemListSchema = z
  .object({ items: z.array(timelineItemSchema), next: nextSchema })
  .meta(named("TimelineItemList"));

export const timelineSchema = z
  .object({
    items: z.array(timelineItemSchema),
    next: nextSchema,
    order: z.enum(["ranked", "latest"]).meta({ description: "The order that was served." }),
    partial: z.boolean().meta({
      description: "A source did not answer within its time budget, so items may be missing.",
    }),
    seq: z.int().meta({
      description:
        "The newest change of the timeline at the time of the read. A socket that is opened with it " +
        "as `since` misses nothing in between.",
    }),
  })
  .meta(named("Timeline"));
export type Timeline = z.infer<typeof timelineSchema>;

export const followingSchema = z.object({ following: z.boolean() }).meta(named("Following"));

export const mutedSchema = z.object({ muted: z.boolean() }).meta(named("Muted"));
export const blockedSchema = z.object({ blocked: z.boolean() }).meta(named("Blocked"));
export const likedSchema = z
  .object({ liked: z.boolean(), counts: wireCountsSchema })
  .meta(named("Liked"));
export const repostedSchema = z
  .object({ reposted: z.boolean(), counts: wireCountsSchema })
  .meta(named("Reposted"));

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of a constant are known
const problemCodes = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];

/** RFC 9457 problem details. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(problemCodes),
    detail: z.string(),
    requestId: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta(named("Problem"));
export type Problem = z.infer<typeof problemSchema>;

// --- Live frames ------------------------------------------------------------------------------

const seqSchema = z.int().meta({
  description: "Grows with every frame that has one; send the newest as ?since= when coming back.",
});

/** What the server sends over `GET /v1/live`. */
export const frameSchema = z
  .discriminatedUnion("type", [
    z.object({ type: z.literal("hello"), seq: seqSchema }).meta({
      ...named("HelloFrame"),
      description: "The first frame; `seq` is the newest change.",
    }),
    z
      .object({ type: z.literal("post"), seq: seqSchema, item: timelineItemSchema })
      .meta({ ...named("PostFrame"), description: "An entry for the top of the timeline." }),
    z
      .object({ type: z.literal("delete"), seq: seqSchema, postId: wireIdSchema })
      .meta({ ...named("DeleteFrame"), description: "A post to take away." }),
    z.object({ type: z.literal("profile"), seq: seqSchema, user: wireCardSchema }).meta({
      ...named("ProfileFrame"),
      description: "An author's new name or picture, for all that the page shows of them.",
    }),
    z.object({ type: z.literal("counts"), postId: wireIdSchema, counts: wireCountsSchema }).meta({
      ...named("CountsFrame"),
      description: "The latest counts of a post that a page has shown while a socket was open.",
    }),
    z.object({ type: z.literal("resync") }).meta({
      ...named("ResyncFrame"),
      description: "Frames cannot tell what has happened: read the timeline again.",
    }),
  ])
  .meta({ id: "Frame" });
export type Frame = z.infer<typeof frameSchema>;
