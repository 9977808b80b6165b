/** Parents of replies, read from the store for posts that do not carry them: in one call for all. */
import { errorText } from "../feed/error-text.ts";
import { PARENTS_READ_MAX } from "../feed/limits-threads.ts";
import type { PostId } from "../feed/ids.ts";
import type { Entry, PostBody } from "../feed/timeline/entry.ts";
import { parentsToRead, withParents } from "../feed/timeline/parents.ts";
import { type Store, StoreUnavailable } from "../db/store.ts";

/** What reading parents needs. */
export interface ParentReader {
  store: { posts: Pick<Store["posts"], "byIds"> };
}

/**
 * Adds the parents that posts lack. Posts that answer one another need no read. A store that is down
 * leaves them out, because a page without parents is better than none.
 * @param posts newest first; only so many of the newest parents are read
 */
export async function readParents(
  deps: ParentReader,
  posts: readonly PostBody[],
): Promise<PostBody[]> {
  const missing = parentsToRead(posts);
  if (missing.length === 0) return [...posts];
  const here = new Map<PostId, PostBody>(posts.map((post) => [post.id, post]));
  const elsewhere = missing.filter((id) => !here.has(id)).slice(0, PARENTS_READ_MAX);
  const read = await readPosts(deps, elsewhere);
  const found = new Map([...here, ...read.found]);
  const asked = new Set([...missing.filter((id) => here.has(id)), ...read.asked]);
  return withParents(posts, asked, found);
}

/** The same for entries. */
export async function readEntryParents(
  deps: ParentReader,
  entries: readonly Entry[],
): Promise<Entry[]> {
  const posts = await readParents(
    deps,
    entries.map((entry) => entry.post),
  );
  return entries.map((entry, n) => ({ ...entry, post: posts[n] ?? entry.post }));
}

/** Reads posts; a store that is unavailable was not asked. */
async function readPosts(
  deps: ParentReader,
  ids: readonly PostId[],
): Promise<{ asked: readonly PostId[]; found: ReadonlyMap<PostId, PostBody> }> {
  if (ids.length === 0) return { asked: [], found: new Map() };
  try {
    return { asked: ids, found: await deps.store.posts.byIds(ids) };
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    console.warn("replies are served without their parents", errorText(error));
    return { asked: [], found: new Map() };
  }
}
