/** Entries for tests: unique ids at chosen times, and just enough of a post around them. */
import type { Card, Change, Entry, PostBody } from "../feed/timeline/entry.ts";
import { NO_COUNTS } from "../feed/timeline/entry.ts";
import { type Id, idBucket, makeId } from "../feed/ids.ts";

/** The id of test number `n`, made `n` milliseconds after the epoch of these tests. */
export function idAt(n: number, bucket = 0): Id {
  return makeId(n + 1, bucket, n % 1000);
}

/** An account's card. */
function card(id: Id): Card {
  return { id, handle: `user_${id.toLowerCase()}`, name: "A user", avatarUrl: null };
}

/** What a post is made of; whatever is not given is plain. */
export interface PostParts {
  id: Id;
  author: Id;
  replyTo?: PostBody["replyTo"];
}

function post({ id, author, replyTo = null }: PostParts): PostBody {
  return { id, author: card(author), text: `post ${id}`, replyTo, counts: NO_COUNTS };
}

/** An entry that is a post itself. */
export function original(parts: PostParts): Entry {
  return { id: parts.id, by: null, post: post(parts) };
}

/** An entry that points at somebody's post. */
export function repost(id: Id, by: Id, of: PostParts): Entry {
  return { id, by: card(by), post: post(of) };
}

/** `count` posts of one author, a millisecond apart, oldest first. */
export function postsOf(author: Id, count: number, from = 0): Entry[] {
  return Array.from({ length: count }, (_, n) =>
    original({ id: idAt(from + n, idBucket(author)), author }),
  );
}

export function created(entry: Entry): Change {
  return { kind: "entry", entry };
}

export function removed(id: Id): Change {
  return { kind: "remove", id };
}

/** The ids of entries, in their order. */
export function idsOf(entries: readonly { id: Id }[]): Id[] {
  return entries.map((entry) => entry.id);
}
