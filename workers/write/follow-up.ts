/** The work that follows a write, as far as it can be done before the answer. */
import { errorText } from "../../feed/error-text.ts";
import { within } from "../../durable-objects/within.ts";
import type { Change } from "../../feed/timeline/entry.ts";
import type { UserId } from "../../feed/ids.ts";
import type { Job, ReplyJob } from "../../feed/delivery/jobs.ts";
import { FANOUT_RPC_TIMEOUT_MS } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";
import { finishJobs } from "../jobs/finish.ts";
import { runTallies } from "../jobs/tally.ts";

/** The work that a write has put into the outbox. */
export interface FollowUp {
  author: UserId;
  /** The change that the author's own timeline shows at once; null if there is none. */
  change: Change | null;
  /** The jobs that go to the queues. */
  jobs: readonly Job[];
  /** The reply jobs that run before the answer, so that the parent lists its reply. */
  links: readonly ReplyJob[];
  /** Where to place the author's timeline if this is the first call to it. */
  hint: DurableObjectLocationHint | null;
}

/**
 * Delivers the change to the author, sends the jobs and links the replies, all at once. It never
 * throws: everything here is in the outbox too, so the sweep does what fails.
 */
export async function followUp(deps: Deps, work: FollowUp): Promise<void> {
  const { author, change, jobs, links, hint } = work;
  const results = await Promise.allSettled([
    change === null ? null : deliverToAuthor(deps, author, change, hint),
    deps.queues.send(jobs),
    ...links.map((link) => linkReplyNow(deps, link, author, hint)),
  ]);
  for (const result of results) {
    if (result.status === "rejected") {
      console.warn("the sweep will finish this work", errorText(result.reason));
    }
  }
}

/** The timeout lets authors post although their timeline hangs. */
function deliverToAuthor(
  deps: Deps,
  author: UserId,
  change: Change,
  hint: DurableObjectLocationHint | null,
): Promise<unknown> {
  const delivery = deps.homes.call(author, async (home) => await home.deliver([change]), hint);
  return within(delivery, { milliseconds: FANOUT_RPC_TIMEOUT_MS });
}

async function linkReplyNow(
  deps: Deps,
  link: ReplyJob,
  author: UserId,
  hint: DurableObjectLocationHint | null,
): Promise<void> {
  const [failures] = await Promise.all([
    runTallies(deps, [link]),
    deps.homes.call(author, (home) => home.noteReply(link.parent), hint),
  ]);
  if (failures.has(link)) throw failures.get(link);
  await finishJobs(deps, [link]);
}
