/** Whether a run lost a post or showed one twice: timelines are read whole and compared with what was posted. */
import {
  orThrow,
  type Page,
  type Result,
  type TimelineItem,
} from "../../client/src/skein-client.ts";
import { PAGE_MAX_ITEMS } from "../../feed/limits.ts";
import type { Member } from "./crowd.ts";

/** A post that was answered 201. */
export interface Posted {
  id: string;
  author: Member;
}

/** What is wrong with a list of ids that should have each of `expected` once. */
export interface Faults {
  missing: string[];
  twice: string[];
}

/** Compares what was shown with what must be there. */
export function compare(expected: readonly string[], shown: readonly string[]): Faults {
  const times = new Map<string, number>();
  for (const id of shown) times.set(id, (times.get(id) ?? 0) + 1);
  return {
    missing: expected.filter((id) => !times.has(id)),
    twice: [...times].filter(([, count]) => count > 1).map(([id]) => id),
  };
}

/** Reads a member's timeline down to the run's first post, and compares it with what they follow. */
export async function checkTimeline(member: Member, posted: readonly Posted[]): Promise<Faults> {
  const authors = new Set([member, ...member.followees]);
  const expected = posted.filter(({ author }) => authors.has(author)).map(({ id }) => id);
  const timeline = member.skein.readTimeline({ order: "latest", limit: PAGE_MAX_ITEMS });
  return compare(expected, await shownDownTo(firstOf(posted.map(({ id }) => id)), timeline));
}

/** Reads an author's own posts, and compares them with what was answered 201. */
export async function checkAuthor(author: Member, posted: readonly Posted[]): Promise<Faults> {
  const expected = posted.filter((post) => post.author === author).map(({ id }) => id);
  const posts = author.skein.listUserPosts(`@${author.handle}`, { limit: PAGE_MAX_ITEMS });
  return compare(expected, await shownDownTo(firstOf(expected), posts));
}

function firstOf(ids: readonly string[]): string {
  return ids.reduce((low, id) => (id < low ? id : low), "~");
}

/** The posts of a list, down to the page where entries are older than `first`. */
async function shownDownTo(first: string, list: AsyncIterable<Result<Page<TimelineItem>>>) {
  const shown: string[] = [];
  for await (const page of list) {
    const { items } = orThrow(page);
    shown.push(...items.map((item) => item.post.id));
    if ((items.at(-1)?.id ?? "") < first) break;
  }
  return shown;
}
