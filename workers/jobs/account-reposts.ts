/** Reposts of an account's posts: when the account is hidden, or active again, the reposters' followers hear of it. */
import pMap from "p-map";
import type { StatedAccount } from "../../db/store.ts";
import { fanoutJobs } from "../../feed/delivery/new-jobs.ts";
import type { UserId } from "../../feed/ids.ts";
import { OUTBOX_DUE_MS } from "../../feed/limits.ts";
import type { Change } from "../../feed/timeline/entry.ts";
import type { Deps } from "../deps.ts";

/** The change that tells timelines whether an account is hidden. */
export function stateChange({ id, state, stateVersion }: StatedAccount): Change {
  const kind = state === "active" ? "unhide" : "hide";
  return { kind, account: id, version: stateVersion };
}

/** Posts whose reposts are read at the same time. */
const POSTS_AT_ONCE = 10;

/**
 * Sends an account's state to the followers of those who have reposted its posts: of some posts, or of a part of the
 * reposts of one.
 * @param after where the page before ended: a post, and after a colon the account that reposted it
 * @returns where this page ended; null at the end
 */
export async function hideReposts(
  deps: Deps,
  account: StatedAccount,
  after: string | null,
  most: number,
): Promise<string | null> {
  const { lifecycle, reactions } = deps.store;
  const [post, reposter] = after?.split(":") ?? [];
  if (post !== undefined && reposter !== undefined) {
    const some = await reactions.repostsOf(post, reposter, most);
    await tellFollowers(
      deps,
      account,
      some.map(({ author }) => author),
    );
    const last = some.length < most ? undefined : some.at(-1);
    return last === undefined ? post : `${post}:${last.author}`;
  }
  const posts = await lifecycle.ownPosts(account.id, post ?? null, Math.ceil(most / 2));
  const originals = posts.filter(({ repostOf }) => repostOf === null);
  const found = await pMap(originals, ({ id }) => reactions.repostsOf(id, null, most), {
    concurrency: POSTS_AT_ONCE,
  });
  // A post with more reposts than a page is a page of its own.
  const large = found.findIndex((some) => some.length === most);
  const whole = large === -1 ? found : found.slice(0, large + 1);
  await tellFollowers(
    deps,
    account,
    whole.flat().map(({ author }) => author),
  );
  if (large !== -1) return `${originals[large]?.id ?? ""}:${found[large]?.at(-1)?.author ?? ""}`;
  return posts.length === 0 ? null : (posts.at(-1)?.id ?? null);
}

async function tellFollowers(
  deps: Deps,
  account: StatedAccount,
  reposters: readonly UserId[],
): Promise<void> {
  if (reposters.length === 0) return;
  const accounts = await deps.store.accounts.byIds([...new Set(reposters)]);
  const jobs = [...accounts.values()].flatMap((reposter) =>
    fanoutJobs(reposter, deps.newId(reposter.id), stateChange(account)),
  );
  await deps.store.outbox.put(jobs, deps.nowMs() + OUTBOX_DUE_MS);
  await deps.queues.send(jobs);
}
