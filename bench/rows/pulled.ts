/** A Skein with a low threshold, and the rows of pages of viewers who follow 0, 20 or 100 pulled authors. */
import pMap from "p-map";
import { setTimeout as sleep } from "node:timers/promises";
import { orThrow } from "../../client/src/errors.ts";
import type { Runtime } from "../run/runtime.ts";
import { type Account, followAll, handles, importAll, publish, signIn } from "./accounts.ts";
import { type Connections, pageRow, type PageRow } from "./pages.ts";
import { LATEST } from "./pushed.ts";

/** The followers from which on an author is pulled. All viewers together are fewer. */
export const THRESHOLD = 20;
const PUSHED_AUTHORS = 40;
const PULLED = [0, 20, 100] as const;
/** Most people follow about as many. */
const PROFILED = 20;
const POSTS_EACH = 3;
const FEEDS_POLL_MS = 100;

/** Makes the accounts and their posts. @param viewers how many follow each number of pulled authors */
export async function pulledPages(
  runtime: Runtime,
  viewers: number,
  connections: Connections,
): Promise<{ page: PageRow; isProfiled: boolean }[]> {
  const pushed = handles("pushed", PUSHED_AUTHORS);
  const pulled = handles("pulled", Math.max(...PULLED));
  const crowd = handles("crowd", THRESHOLD);
  const groups = PULLED.map((count) => ({ count, names: handles(`reads_${count}`, viewers) }));
  const follows = groups.flatMap(({ count, names }) =>
    followAll(names, [...pushed, ...pulled.slice(0, count)]),
  );
  const everybody = [...pushed, ...pulled, ...crowd, ...groups.flatMap(({ names }) => names)];
  await importAll(runtime, everybody, [...followAll(crowd, pulled), ...follows]);
  await untilPulled(runtime, pulled);
  await publish(runtime, await signIn(runtime, [...pulled, ...pushed]), POSTS_EACH);
  const pages: { page: PageRow; isProfiled: boolean }[] = [];
  for (const { count, names } of groups) {
    const readers = await signIn(runtime, names);
    await untilWhole(runtime, readers);
    const name = `page with ${count} pulled authors`;
    const page = await pageRow(name, connections, readers, () => LATEST);
    pages.push({ page, isProfiled: count === PROFILED });
  }
  return pages;
}

async function untilPulled({ client }: Runtime, pulled: readonly string[]): Promise<void> {
  const areAll = async () => {
    const users = await pMap(
      pulled,
      async (handle) => orThrow(await client.readUser(`@${handle}`)),
      {
        concurrency: 8,
      },
    );
    return users.every((user) => user.celebrity);
  };
  while (!(await areAll())) await sleep(FEEDS_POLL_MS);
}

/** The first page of a viewer reads cold feeds, and may take longer than a page waits for them. */
async function untilWhole({ client }: Runtime, readers: readonly Account[]): Promise<void> {
  for (const { token } of readers) {
    const timeline = client.as(token).readTimeline({ order: "latest" });
    while (orThrow(await timeline.page()).partial) await sleep(FEEDS_POLL_MS);
  }
}
