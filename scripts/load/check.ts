/** Whether a run lost a post or showed one twice: timelines are read whole and compared with what was posted. */
import { timelineSchema, timelineItemListSchema } from "../../feed/wire.ts";
import type { Member } from "./crowd.ts";
import type { Requests } from "./requests.ts";

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
export async function checkTimeline(
  requests: Requests,
  member: Member,
  posted: readonly Posted[],
): Promise<Faults> {
  const authors = new Set([member, ...member.followees]);
  const expected = posted.filter(({ author }) => authors.has(author)).map(({ id }) => id);
  const first = posted.reduce((low, { id }) => (id < low ? id : low), "~");
  const shown: string[] = [];
  let cursor = "";
  for (;;) {
    const path = `/v1/timeline?order=latest&limit=100${cursor}`;
    const page = timelineSchema.parse(await requests.send("GET", path, { token: member.token }));
    shown.push(...page.items.map((item) => item.post.id));
    const last = page.items.at(-1)?.id ?? "";
    if (page.next === null || last < first) return compare(expected, shown);
    cursor = `&cursor=${page.next}`;
  }
}

/** Reads an author's own posts, and compares them with what was answered 201. */
export async function checkAuthor(
  requests: Requests,
  author: Member,
  posted: readonly Posted[],
): Promise<Faults> {
  const expected = posted.filter((post) => post.author === author).map(({ id }) => id);
  const first = expected.reduce((low, id) => (id < low ? id : low), "~");
  const shown: string[] = [];
  let cursor = "";
  for (;;) {
    const path = `/v1/users/@${author.handle}/posts?limit=100${cursor}`;
    const page = timelineItemListSchema.parse(await requests.send("GET", path, {}));
    shown.push(...page.items.map((item) => item.post.id));
    if (page.next === null || (page.items.at(-1)?.id ?? "") < first)
      return compare(expected, shown);
    cursor = `&cursor=${page.next}`;
  }
}
