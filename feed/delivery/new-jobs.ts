/** New jobs, at their first attempt: the work that follows from a change. */
import type { Change, Counts } from "../timeline/entry.ts";
import { type AuthorMode, pushes } from "./delivery-mode.ts";
import { planParts } from "./fanout.ts";
import type { Id, PostId, UserId } from "../ids.ts";
import { IMPORT_EXPORT_POSTS } from "../limits-import.ts";
import type {
  AccountJob,
  CountedJob,
  EdgesJob,
  EraseJob,
  FanoutJob,
  HistoryJob,
  ModeJob,
  OrphanJob,
  ProfileJob,
  RelationJob,
  ReplyJob,
  SessionsJob,
  SweepJob,
  TallyJob,
} from "./jobs.ts";
import type { ShardRange } from "./shard-ranges.ts";

/** The facts about an author that decide how many jobs a change needs. */
interface Author extends AuthorMode {
  id: UserId;
  counts: { followers: number };
}

const fresh = { v: 1, attempt: 0 } as const;

/**
 * Brings a change to every follower of an author, one job a part. An author who is pulled needs a
 * single part, because no follower gets a delivery.
 */
export function fanoutJobs(author: Author, id: Id, change: Change): FanoutJob[] {
  return planParts(pushes(author) ? author.counts.followers : 0).map((range, part) => ({
    ...fresh,
    kind: "fanout",
    id,
    part,
    author: author.id,
    range,
    change,
  }));
}

/** Announces an author's next epoch to every follower, one job a part. */
export function modeJobs(author: Author, id: Id): ModeJob[] {
  return planParts(author.counts.followers).map((range, part) => ({
    ...fresh,
    kind: "mode",
    id,
    part,
    author: author.id,
    epoch: author.epoch + 1,
    range,
  }));
}

/** Brings follows or unfollows of one follower to the followees and to the follower's timeline. */
export function edgesJob(
  id: Id,
  edges: Pick<EdgesJob, "follower" | "followees" | "timeline" | "hint">,
): EdgesJob {
  const { follower, followees, timeline, hint } = edges;
  return { ...fresh, kind: "edges", id, part: 0, follower, followees, timeline, hint };
}

/**
 * Updates every copy of an author's history after an import, one job for each part.
 * @param posts those that the jobs export; empty if events are not exported
 */
export function historyJobs(
  author: Author,
  id: Id,
  newest: Id,
  posts: NonNullable<HistoryJob["posts"]>,
): HistoryJob[] {
  const ranges = planParts(pushes(author) ? author.counts.followers : 0);
  const parts = Math.max(ranges.length, Math.ceil(posts.length / IMPORT_EXPORT_POSTS));
  return Array.from({ length: parts }, (_, part) => {
    const exported = posts.slice(part * IMPORT_EXPORT_POSTS, (part + 1) * IMPORT_EXPORT_POSTS);
    return {
      ...fresh,
      kind: "history",
      id,
      part,
      author: author.id,
      range: ranges[part] ?? null,
      newest,
      ...(exported.length > 0 ? { posts: exported, tells: "post" as const } : {}),
    };
  });
}

/** Brings a mute or block to the target and to both timelines. */
export function relationJob(id: Id, actor: UserId, target: UserId): RelationJob {
  return { ...fresh, kind: "relation", id, part: 0, actor, target };
}

/** Tells an account's home timeline of sessions that have ended. @param hint where to place it at its first call */
export function sessionsJob(id: Id, account: UserId, hint: string | null): SessionsJob {
  return { ...fresh, kind: "sessions", id, part: 0, account, hint };
}

/** Brings an author's new card to the counters of their posts. */
export function profileJob(id: Id, part: number, author: UserId, version: number): ProfileJob {
  return { ...fresh, kind: "profile", id, part, author, version, again: false };
}

/** Adds a reply to its parent's list and count, or removes it if it is deleted. */
export function replyJob(id: Id, part: number, reply: PostId, parent: PostId): ReplyJob {
  return { ...fresh, kind: "reply", id, part, reply, parent };
}

/** Brings a like or repost to the post's counter. */
export function tallyJob(
  id: Id,
  part: number,
  reaction: { actor: UserId; kind: TallyJob["reaction"]; post: { id: PostId } },
): TallyJob {
  const { actor, kind, post } = reaction;
  return { ...fresh, kind: "tally", id, part, post: post.id, actor, reaction: kind };
}

/** Removes every repost of a deleted post. */
export function eraseJob(id: Id, part: number, post: PostId): EraseJob {
  return { ...fresh, kind: "erase", id, part, post };
}

/** Does what follows from an account's state. */
export function accountJob(id: Id, part: number, account: UserId): AccountJob {
  return { ...fresh, kind: "account", id, part, account, step: "reposts", round: 1 };
}

/** What is left of an erase job when all reposts are gone: the copies that replies carry. */
export function orphansOf({ id, part, post, author, tells }: EraseJob): OrphanJob {
  return {
    ...{ ...fresh, kind: "orphan", id, part, post },
    ...(author === undefined ? {} : { author }),
    ...(tells === undefined ? {} : { tells }),
  };
}

/** Removes the copies of a deleted post that one reply and its reposts carry. */
export function orphanJob(id: Id, post: PostId, reply: PostId): OrphanJob {
  return { ...fresh, kind: "orphan", id, part: 0, post, reply };
}

/** The same for a reply that was written while its parent was being deleted. */
export function lateOrphanJob(post: PostId, reply: PostId): OrphanJob {
  return { ...orphanJob(reply, post, reply), part: PART_OF_LATE_ORPHAN };
}

/**
 * Removes every repost of a post that was deleted before one of them was linked to it.
 * @param entry the entry of that repost
 */
export function lateEraseJob(entry: Id, post: PostId): EraseJob {
  return eraseJob(entry, PART_OF_LATE_ERASE, post);
}

/**
 * The parts of jobs that get a row only when they have failed, or none at all. No job that is written
 * with a change has such a part, so finishing one of these never deletes the row of a change in the same
 * millisecond. Earlier versions sent jobs of parts 2^33 and 2^33 + 1.
 */
const PART_WITHOUT_ROW = {
  counted: 2 ** 33 + 2,
  sweep: 2 ** 33 + 4,
};
/** A part that no job of a repost's own change has. */
const PART_OF_LATE_ERASE = 2 ** 33 + 3;
/** A part that no job of a reply's own change has. */
const PART_OF_LATE_ORPHAN = 2 ** 33 + 5;

/** Stores a counter's value with the post. */
export function countedJob(id: Id, post: PostId, counts: Counts, version: number): CountedJob {
  return { ...fresh, kind: "counted", id, part: PART_WITHOUT_ROW.counted, post, counts, version };
}

/** Sweeps shards. @param id its bucket determines the queue */
export function sweepJob(id: Id, { from, to }: ShardRange): SweepJob {
  return { ...fresh, kind: "sweep", id, part: PART_WITHOUT_ROW.sweep, from, to };
}
