/** A post, the post that it answers, and its replies. */
import type { ComponentChildren } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { Post } from "../../../client/src/wire.ts";
import { AnswerCache, useAnswer } from "../state/answer.ts";
import { readPost } from "../net/api.ts";
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

/** The parent of the post in view, if it still exists. */
function Parent({ id, visit }: { id: string; visit: string }): ComponentChildren {
  const { value, failure } = usePost(id, visit);
  if (value !== null) return <PostCard item={itemOf(value)} />;
  if (failure === null) return <Skeleton posts={1} />;
  return <p class="notice parent">The post this answers is not here any more.</p>;
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
      {value.replyTo !== null && <Parent id={value.replyTo} visit={visit} />}
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
