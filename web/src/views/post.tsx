/** A post, the post that it answers, and its replies. */
import type { ComponentChildren } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { Post } from "../../../client/src/wire.ts";
import { AnswerCache, useAnswer } from "../state/answer.ts";
import { readAncestors, readPost } from "../net/api.ts";
import { type Change, onChange, postAfter } from "../state/changes.ts";
import { SkeinError } from "../../../client/src/errors.ts";
import { noteOpened } from "../net/impressions.ts";
import { Feed } from "../parts/feed.tsx";
import { FailureNotice, Skeleton } from "../parts/notice.tsx";
import { PostBox } from "../parts/post-box.tsx";
import { PostCard } from "../parts/post-card.tsx";
import { ViewBar } from "../parts/view-bar.tsx";
import { itemOf } from "../state/list-reducer.ts";
import { replyList } from "../state/post-lists.ts";
import { session } from "../state/session.ts";
import { useStore } from "../state/store.ts";

const posts = new AnswerCache<Post>();

/** The post after a change to it. */
function changed(post: Post, change: Change): Post | SkeinError {
  if (change.type === "delete" && change.postId === post.id) {
    return new SkeinError("not_found", "deleted");
  }
  return postAfter(post, change);
}

function usePost(id: string, visit: string): ReturnType<typeof useAnswer<Post>> {
  const viewer = useStore(session)?.user.id ?? "";
  const answer = useAnswer(posts, `${id} ${viewer}`, () => readPost(id), visit);
  const { value, failure, set, again } = answer;
  useEffect(
    () =>
      onChange((change) => {
        if (change.type === "connected" || change.type === "reconnected") {
          if (failure?.code === "offline") again();
        } else if (value !== null) {
          const now = changed(value, change);
          if (now !== value) set(now);
        }
      }),
    [value, failure],
  );
  return answer;
}

const threads = new AnswerCache<readonly Post[]>();

/** The posts above the one in view, the top of the thread first. */
function Above({ post, visit }: { post: Post; visit: string }): ComponentChildren {
  const token = useStore(session)?.token ?? "";
  const key = `${post.id} ${token}`;
  const { value, failure, set } = useAnswer(threads, key, () => readAbove(post.id), visit);
  useEffect(
    () =>
      onChange((change) => {
        if (value === null) return;
        const gone = value.findIndex(({ id }) => change.type === "delete" && change.postId === id);
        const left = value.slice(gone + 1).map((one) => postAfter(one, change));
        if (gone >= 0 || left.some((one, n) => one !== value[n])) set(left);
      }),
    [value],
  );
  if (value === null) return failure === null && <Skeleton posts={1} />;
  const top = value[0] ?? post;
  return (
    <>
      {value.length === 0 && (
        <p class="notice parent">The post that this one answers is not shown.</p>
      )}
      {value.map((one) => (
        <PostCard key={one.id} item={itemOf(one)} joined thread={one !== top} />
      ))}
    </>
  );
}

async function readAbove(id: string): Promise<readonly Post[]> {
  const { items } = await readAncestors(id);
  return items.toReversed();
}

/** The view of `/post/ID`. */
export function PostView({ id, visit }: { id: string; visit: string }): ComponentChildren {
  const who = useStore(session);
  const { value, failure, again } = usePost(id, visit);
  const list = useMemo(() => replyList(id, visit), [id, visit]);
  useEffect(() => noteOpened(id), [id, visit]);
  useEffect(() => {
    document.title = value === null ? "Skein" : `${value.author.name} on Skein`;
  }, [value?.author.name]);
  if (failure?.code === "not_found") {
    return (
      <div class="notice">
        <h1>This post is not here</h1>
        <p>
          It was deleted, or never was. <a href="/">Go to the timeline</a>
        </p>
      </div>
    );
  }
  if (failure !== null) return <FailureNotice failure={failure} onRetry={again} />;
  if (value === null) return <Skeleton posts={1} />;
  return (
    <>
      <ViewBar title="Post" />
      <h1 class="unseen">Post by {value.author.name}</h1>
      {value.replyTo !== null && <Above post={value} visit={visit} />}
      <PostCard item={itemOf(value)} lead />
      {who !== null && <PostBox me={who.user} replyTo={id} />}
      <h2 class="section">Replies</h2>
      <Feed
        thread
        list={list}
        label="Replies"
        empty={
          <p class="notice">
            {who === null ? "No replies yet." : "No replies yet. Write the first."}
          </p>
        }
      />
    </>
  );
}
