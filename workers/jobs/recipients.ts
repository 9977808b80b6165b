/** The followers that fan-out delivers to. */
import type { Recipient } from "../../db/store.ts";
import type { UserId } from "../../feed/ids.ts";
import type { BucketRange } from "../../feed/delivery/jobs.ts";
import { FOLLOWER_PAGE } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";

/** An author's followers in a range of buckets whose timelines are awake. @throws StoreUnavailable */
export async function awakeFollowers(
  deps: Deps,
  author: UserId,
  range: BucketRange,
): Promise<Recipient[]> {
  const followers: Recipient[] = [];
  let page: Recipient[];
  do {
    const after = followers.at(-1)?.id ?? null;
    page = await deps.store.graph.recipients(author, range, after, FOLLOWER_PAGE);
    followers.push(...page);
  } while (page.length === FOLLOWER_PAGE);
  return followers;
}
