/**
 * A Skein without pulled authors, and the rows of its pages. Viewers have full windows, because a page of
 * a small one would be cheaper than most.
 */
import { TIMELINE_MAX_DEFAULT } from "../../feed/limits.ts";
import { orThrow } from "../../client/src/errors.ts";
import type { Runtime } from "../run/runtime.ts";
import { type Account, followAll, handles, importAll, publish, signIn } from "./accounts.ts";
import { type Connections, pageRow, type PageRow } from "./pages.ts";

const AUTHORS = 40;
export const LATEST = "/v1/timeline?order=latest";
const RANKED = "/v1/timeline?order=ranked";

/** What the rows of this Skein share. */
export interface PushedWorld {
  authors: readonly Account[];
  viewers: readonly Account[];
  /** The ids of all posts, oldest first. */
  posts: readonly string[];
}

/** Makes the accounts and their posts. @param viewers how many */
export async function pushedWorld(runtime: Runtime, viewers: number): Promise<PushedWorld> {
  const names = { authors: handles("author", AUTHORS), viewers: handles("viewer", viewers) };
  const follows = followAll(names.viewers, names.authors);
  await importAll(runtime, [...names.authors, ...names.viewers], follows);
  const authors = await signIn(runtime, names.authors);
  const posts = await publish(runtime, authors, TIMELINE_MAX_DEFAULT / AUTHORS);
  return { authors, posts, viewers: await signIn(runtime, names.viewers) };
}

/** The rows of pages. */
export async function pushedPages(
  { client }: Runtime,
  { authors, viewers }: PushedWorld,
  connections: Connections,
): Promise<{ latest: PageRow; ranked: PageRow; others: PageRow[] }> {
  const next = async ({ token }: Account) => {
    const { next: cursor } = orThrow(
      await client.as(token).readTimeline({ order: "ranked" }).page(),
    );
    return `${RANKED}&cursor=${cursor}`;
  };
  return {
    latest: await pageRow("warm latest page", connections, viewers, () => LATEST),
    ranked: await pageRow("first ranked page", connections, viewers, () => RANKED),
    others: [
      await pageRow("next ranked page", connections, viewers, next),
      await pageRow("user page", connections, viewers, () => {
        return `/v1/users/@${authors[0]?.user.handle}/posts`;
      }),
    ],
  };
}
