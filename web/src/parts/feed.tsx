/** A list of thousands of posts: chunks far from the view are empty boxes of the same height. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { moveFocus } from "./keyboard.ts";
import type { PostList } from "../state/post-list.ts";
import { place } from "../route/router.ts";
import { useStore } from "../state/store.ts";
import type { Chunk, ListItem } from "../state/list-reducer.ts";
import { THREAD_MAX_POSTS, threadsOf } from "../state/threads.ts";
import { counted } from "../words/wording.ts";
import { useDrawnChunks, useFreshCounts, useNextPage } from "./drawn-chunks.ts";
import { NewPosts } from "./new-posts.tsx";
import { FailureNotice, Skeleton } from "./notice.tsx";
import { PostCard } from "./post-card.tsx";

/** Items, of which neighbours that answer one another are drawn as threads. */
function Runs({
  items,
  before,
  of,
  thread,
}: {
  items: readonly ListItem[];
  before: number;
  of: number;
  thread: boolean;
}): ComponentChildren {
  let position = before;
  return threadsOf(items).map((run) => {
    const first = position + 1;
    position += run.length;
    return <Thread key={run[0]?.post.id} run={run} first={first} of={of} answered={thread} />;
  });
}

/** Posts that answer one another. @param answered whether what the first one answers is in view */
function Thread({
  run,
  first,
  of,
  answered,
}: {
  run: readonly ListItem[];
  first: number;
  of: number;
  answered: boolean;
}): ComponentChildren {
  const [whole, setWhole] = useState(false);
  const hidden = whole ? 0 : Math.max(0, run.length - THREAD_MAX_POSTS);
  return run.map((item, n) => {
    // Of a long thread the first post and the last ones are shown.
    if (n > 0 && n <= hidden) return null;
    return (
      <PostCard
        key={item.post.id}
        item={item}
        listPosition={{ position: first + n, of }}
        thread={answered || n > 0}
        joined={n < run.length - 1}
      >
        {n === 0 && hidden > 0 && (
          <button type="button" class="link between" onClick={() => setWhole(true)}>
            Show {counted(hidden, "more post")} of this thread
          </button>
        )}
      </PostCard>
    );
  });
}

/** A chunk, or an empty box in its place; renders again only when the chunk changes. */
function ChunkView({
  chunk: { key, items },
  height,
  before,
  of,
  thread,
}: {
  chunk: Chunk;
  /** The height of the empty box, in CSS pixels; undefined to draw the chunk. */
  height: number | undefined;
  before: number;
  of: number;
  thread: boolean;
}): ComponentChildren {
  return useMemo(() => {
    if (height !== undefined) return <div data-chunk={key} style={{ height: `${height}px` }} />;
    return (
      <div data-chunk={key} style={{ height: "" }}>
        <Runs items={items} before={before} of={of} thread={thread} />
      </div>
    );
  }, [key, items, height, ...(height === undefined ? [before, of] : [0, 0]), thread]);
}

/** Page Up and Page Down move from post to post while a post has the focus. */
function onPageKey(event: KeyboardEvent): void {
  if (event.key !== "PageDown" && event.key !== "PageUp") return;
  if (document.activeElement?.closest("article") === null) return;
  if (moveFocus(event.key === "PageDown" ? 1 : -1)) event.preventDefault();
}

function PartialNotice({ list }: { list: PostList }): ComponentChildren {
  return (
    <p class="notice partial">
      Some posts were slow to come.{" "}
      <button type="button" onClick={() => void list.reload()}>
        Look again
      </button>
    </p>
  );
}

/** The line below the posts: why there are no more, or none yet. */
function FeedFoot({
  list,
  total,
  empty,
  thread,
}: {
  list: PostList;
  total: number;
  empty: ComponentChildren;
  thread: boolean;
}): ComponentChildren {
  const { loaded, next, reading, failure } = useStore(list.state);
  if (failure !== null) {
    return <FailureNotice failure={failure} onRetry={() => void list.again()} />;
  }
  if (!loaded) return reading === "top" && <Skeleton posts={4} />;
  if (reading === "end") return <Skeleton posts={1} />;
  if (next !== null || reading !== null) return null;
  if (total === 0) return empty;
  return !thread && <p class="end">You have reached the beginning.</p>;
}

/**
 * A list of posts with all its states; reads on as the reader scrolls. @param thread leaves out which
 * post each one answers, because that post is above the list
 */
export function Feed({
  list,
  label,
  empty,
  thread = false,
}: {
  list: PostList;
  label: string;
  empty: ComponentChildren;
  thread?: boolean;
}): ComponentChildren {
  const { chunks, next, reading, partial } = useStore(list.state);
  const feed = useRef<HTMLDivElement>(null);
  const end = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    list.open(place.get().scrollTop === 0);
    return () => {
      list.mounted = false;
    };
  }, [list]);
  const drawn = useDrawnChunks(list, feed, chunks);
  useNextPage(list, end);
  useFreshCounts(list, drawn);
  const total = chunks.reduce((sum, { items }) => sum + items.length, 0);
  const of = next === null ? total : -1;
  let before = 0;
  return (
    <>
      <NewPosts list={list} onShown={() => feed.current?.focus({ preventScroll: true })} />
      {partial && <PartialNotice list={list} />}
      <div
        class="feed"
        // The role "feed" needs at least one article.
        role={total > 0 ? "feed" : undefined}
        aria-label={total > 0 ? label : undefined}
        aria-busy={reading !== null}
        tabIndex={-1}
        ref={feed}
        onKeyDown={onPageKey}
      >
        {chunks.map((chunk) => {
          const first = before;
          before += chunk.items.length;
          const height = drawn.has(chunk.key) ? undefined : list.heights.get(chunk.key);
          const props = { chunk, height, before: first, of, thread };
          return <ChunkView key={chunk.key} {...props} />;
        })}
      </div>
      <FeedFoot list={list} total={total} empty={empty} thread={thread} />
      <div ref={end} aria-hidden="true" />
    </>
  );
}
