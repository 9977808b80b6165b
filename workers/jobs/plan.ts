/** The jobs that a change makes. */
import type { Account, ReactionKind } from "../../db/store.ts";
import type { Change } from "../../feed/timeline/entry.ts";
import { pushes } from "../../feed/delivery/delivery-mode.ts";
import { planParts } from "../../feed/delivery/fanout.ts";
import { type Id, type PostId, type UserId } from "../../feed/ids.ts";
import type {
  EraseJob,
  FanoutJob,
  Impression,
  ImpressionsJob,
  ModeJob,
  ReplyJob,
  ServedJob,
  TallyJob,
} from "../../feed/delivery/jobs.ts";

const fresh = { v: 1, attempt: 0 } as const;

/** A change for every follower of an account, in parts; of one who is pulled, in a single one. */
export function fanoutJobs(author: Account, id: Id, change: Change): FanoutJob[] {
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

/** A new epoch of an account, for every follower, in parts. */
export function modeJobs(author: Account, id: Id): ModeJob[] {
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

/** A reply that its parent has to list, or to list no longer. */
export function replyJob(id: Id, part: number, reply: PostId, parent: PostId): ReplyJob {
  return { ...fresh, kind: "reply", id, part, reply, parent };
}

/** A reaction that a post's counter has to hear of. */
export function tallyJob(
  id: Id,
  part: number,
  reaction: { actor: UserId; kind: ReactionKind; post: { id: PostId } },
): TallyJob {
  const { actor, kind, post } = reaction;
  return { ...fresh, kind: "tally", id, part, post: post.id, actor, reaction: kind };
}

/** A deleted post whose reposts have to go. */
export function eraseJob(id: Id, part: number, post: PostId): EraseJob {
  return { ...fresh, kind: "erase", id, part, post };
}

/** A page that a viewer was served. */
export function servedJob(id: Id, viewer: UserId, line: string): ServedJob {
  return { ...fresh, kind: "served", id, part: 0, viewer, line };
}

/** Something a viewer has seen. */
export function impressionsJob(
  id: Id,
  viewer: UserId,
  items: readonly Impression[],
): ImpressionsJob {
  return { ...fresh, kind: "impressions", id, part: 0, viewer, items: [...items] };
}
