/**
 * The events that Skein exports: one for each change, with a version, an id that is the same for every
 * repetition, and the account that owns it. An event follows from a job that the change wrote to the
 * outbox, so that every stored change is exported and no crash loses an event.
 */
import { z } from "zod";
import { deliveryMode } from "../delivery/delivery-mode.ts";
import { ID_PATTERN, type Id, idTimeMs, type UserId } from "../ids.ts";
import { type Impression, impressionSchema, type Job } from "../delivery/jobs.ts";

const idSchema = z.string().regex(ID_PATTERN);

const envelope = {
  v: z.literal(1),
  id: z.string().meta({
    description:
      "The same for every repetition of the event, and of no other event. Ids sort by the time of the request.",
  }),
  atMs: z.int().meta({ description: "The time of the request, in milliseconds since 1970." }),
};

/** An event. Kafka gets it as JSON, under the key of its owner. */
export const eventSchema = z.discriminatedUnion("type", [
  z.object({
    ...envelope,
    type: z.literal("post"),
    author: idSchema,
    post: idSchema,
    text: z.string(),
    replyTo: z.object({ id: idSchema, author: idSchema }).nullable(),
  }),
  z.object({ ...envelope, type: z.literal("delete"), author: idSchema, post: idSchema }),
  z.object({
    ...envelope,
    type: z.literal("edge"),
    follower: idSchema,
    followee: idSchema,
    following: z.boolean(),
  }),
  z.object({
    ...envelope,
    type: z.literal("reaction"),
    actor: idSchema,
    kind: z.enum(["like", "repost"]),
    post: idSchema,
    active: z.boolean(),
  }),
  /** An author has crossed the threshold: how their posts reach followers from this epoch on. */
  z.object({
    ...envelope,
    type: z.literal("promotion"),
    author: idSchema,
    mode: z.enum(["push", "pull"]),
    epoch: z.int(),
  }),
  /** A viewer's impressions, for training. */
  z.object({
    ...envelope,
    type: z.literal("impressions"),
    viewer: idSchema,
    items: z.array(impressionSchema),
  }),
]);
export type Event = z.infer<typeof eventSchema>;

/** An event without its envelope. */
type Body = Event extends infer E
  ? E extends Event
    ? Omit<E, "v" | "id" | "atMs">
    : never
  : never;

/** The owner of an event: its key in Kafka, within which events keep their order. */
export function ownerOf(event: Event): UserId {
  switch (event.type) {
    case "post":
    case "delete":
    case "promotion":
      return event.author;
    case "edge":
      return event.follower;
    case "reaction":
      return event.actor;
    case "impressions":
      return event.viewer;
  }
}

/** The events of a finished job: none unless the job carries a change to export. */
export function eventsOf(job: Job): Event[] {
  return bodiesOf(job).map((body, n) => ({ ...envelopeOf(job, n), ...body }));
}

/** The event of a report of impressions. */
export function impressionsEvent(report: {
  id: Id;
  viewer: UserId;
  items: readonly Impression[];
}): Event {
  const { id, viewer, items } = report;
  const atMs = idTimeMs(id);
  return { v: 1, id: `${id}.impressions`, atMs, type: "impressions", viewer, items: [...items] };
}

function envelopeOf(job: { id: Id; part: number }, n: number) {
  return { v: 1 as const, id: `${job.id}.${job.part}.${n}`, atMs: idTimeMs(job.id) };
}

function bodiesOf(job: Job): Body[] {
  if (job.tells === undefined) return [];
  switch (job.kind) {
    case "fanout":
      return ofFanout(job);
    case "edges":
      return job.followees.map((followee) => edge(job.follower, followee, job.tells === "follow"));
    case "history":
      return (job.posts ?? []).map(({ id: post, text, replyTo }) => ({
        type: "post",
        author: job.author,
        post,
        text,
        replyTo,
      }));
    case "relation":
      // A block undoes both follows, if there were any.
      return [edge(job.actor, job.target, false), edge(job.target, job.actor, false)];
    case "tally":
      return [
        {
          type: "reaction",
          actor: job.actor,
          kind: job.reaction,
          post: job.post,
          active: job.tells === "react",
        },
      ];
    case "impressions":
      return [{ type: "impressions", viewer: job.viewer, items: job.items }];
    case "mode": {
      const { author, epoch } = job;
      return [{ type: "promotion", author, mode: deliveryMode(epoch), epoch }];
    }
    case "erase":
    case "orphan":
      return job.author === undefined
        ? []
        : [{ type: "delete", author: job.author, post: job.post }];
    case "reply":
    case "account":
    case "counted":
    case "profile":
    case "served":
    case "sessions":
    case "sweep":
      return [];
  }
}

function ofFanout(job: Extract<Job, { kind: "fanout" }>): Body[] {
  const { change, author } = job;
  if (change.kind === "remove") return [{ type: "delete", author, post: change.id }];
  // A repost is exported as a reaction.
  if (change.kind !== "entry" || change.entry.by !== null) return [];
  const { id: post, text, replyTo: parent } = change.entry.post;
  const replyTo = parent === null ? null : { id: parent.id, author: parent.author };
  return [{ type: "post", author, post, text, replyTo }];
}

function edge(follower: UserId, followee: UserId, following: boolean): Body {
  return { type: "edge", follower, followee, following };
}
