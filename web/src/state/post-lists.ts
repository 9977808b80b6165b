/** The lists of posts that a reader can come back to: home timelines, profiles, replies. */
import type { Timeline } from "../../../client/src/wire.ts";
import { readReplies, readTimeline, readUserPosts } from "../net/api.ts";
import { itemOf, type ListItem, type ReadPage } from "./list-reducer.ts";
import { type ListSource, PostList } from "./post-list.ts";

/** How many lists stay in memory; each takes at most some hundred KB. */
const LISTS_MAX = 12;

const lists = new Map<string, PostList>();

function listFor(key: string, source: () => ListSource): PostList {
  const list = lists.get(key) ?? new PostList(source());
  lists.delete(key);
  lists.set(key, list);
  for (const [oldest, old] of lists) {
    if (lists.size <= LISTS_MAX) break;
    if (old.mounted) continue;
    old.close();
    lists.delete(oldest);
  }
  return list;
}

/** Forgets all lists, because another viewer's reads filled them. */
export function forgetLists(): void {
  for (const list of lists.values()) list.close();
  lists.clear();
}

/** The home timeline of the signed-in reader, in one order. */
export function homeList(order: Timeline["order"]): PostList {
  return listFor(`home ${order}`, () => ({
    read: (cursor) => readTimeline(order, cursor),
    live: true,
    takesOwn: () => true,
  }));
}

/** An account's posts for one visit, so that going back finds the list as it was. */
export function profileList(handle: string, visit: string): PostList {
  return listFor(`@${handle} ${visit}`, () => ({
    read: async (cursor) => newestFirst(await readUserPosts(handle, cursor)),
    live: false,
    takesOwn: (post) => post.author.handle === handle && post.replyTo === null,
  }));
}

/** The replies to a post, for one visit. */
export function replyList(postId: string, visit: string): PostList {
  return listFor(`${postId} ${visit}`, () => ({
    read: async (cursor) => {
      const { items, next } = await readReplies(postId, cursor);
      return newestFirst({ items: items.map((post) => itemOf(post)), next });
    },
    live: false,
    takesOwn: (post) => post.replyTo === postId,
    repliesTo: postId,
  }));
}

function newestFirst(page: { items: ListItem[]; next: string | null }): ReadPage {
  return { ...page, partial: false, order: "latest" };
}
