/** A post, in a list or on its own. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Post, TimelineItem } from "../../../feed/wire.ts";
import { deletePost } from "../api.ts";
import { announce } from "../changes.ts";
import { asFailure, inWords } from "../failure.ts";
import { session } from "../session.ts";
import { useStore } from "../store.ts";
import { compact, counted, fullTime, spans } from "../wording.ts";
import { Avatar } from "./avatar.tsx";
import { LikeIcon, ReplyIcon, RepostIcon } from "./icons.tsx";
import { When } from "./when.tsx";

function PostText({ id, text }: { id: string; text: string }): ComponentChildren {
  return (
    <p class="text" dir="auto" id={`text-${id}`}>
      {spans(text).map((span) => {
        if (span.kind === "text") return span.text;
        if (span.kind === "mention") return <a href={span.href}>{span.text}</a>;
        return (
          <a href={span.href} target="_blank" rel="noopener noreferrer nofollow ugc">
            {span.text}
          </a>
        );
      })}
    </p>
  );
}

function Counts({ post: { id, counts } }: { post: Post }): ComponentChildren {
  const { replies, reposts, likes } = counts;
  return (
    <ul class="counts">
      <li>
        <a href={`/post/${id}`} aria-label={`Reply. ${counted(replies, "reply", "replies")}`}>
          <ReplyIcon />
          {replies > 0 && compact(replies)}
        </a>
      </li>
      <li class={reposts === 0 ? "none" : ""}>
        <RepostIcon />
        <span class="unseen">{counted(reposts, "repost")}</span>
        {reposts > 0 && <span aria-hidden="true">{compact(reposts)}</span>}
      </li>
      <li class={likes === 0 ? "none" : ""}>
        <LikeIcon />
        <span class="unseen">{counted(likes, "like")}</span>
        {likes > 0 && <span aria-hidden="true">{compact(likes)}</span>}
      </li>
    </ul>
  );
}

function DeleteButton({ postId }: { postId: string }): ComponentChildren {
  const [step, setStep] = useState<"idle" | "asking" | "busy">("idle");
  const [problem, setProblem] = useState("");
  const remove = async (): Promise<void> => {
    setStep("busy");
    try {
      await deletePost(postId);
      announce({ type: "delete", postId });
    } catch (thrown) {
      const failure = asFailure(thrown);
      if (failure.code === "not_found") announce({ type: "delete", postId });
      setStep("idle");
      setProblem(inWords(failure));
    }
  };
  if (step === "idle") {
    return (
      <span class="delete">
        <span role="alert">{problem}</span>
        <button type="button" class="quiet" onClick={() => setStep("asking")}>
          Delete
        </button>
      </span>
    );
  }
  return (
    <span class="delete" role="group" aria-label="Delete this post?">
      <button
        type="button"
        class="quiet danger"
        disabled={step === "busy"}
        ref={(button) => button?.focus({ preventScroll: true })}
        onClick={() => void remove()}
      >
        {step === "busy" ? "Deleting…" : "Yes, delete"}
      </button>
      <button
        type="button"
        class="quiet"
        disabled={step === "busy"}
        onClick={() => setStep("idle")}
      >
        Keep
      </button>
    </span>
  );
}

/** Where the card stands in its list, for those who cannot see the list. */
export interface Standing {
  position: number;
  /** -1 while there may be more. */
  of: number;
}

/**
 * A post. `lead` sets it large, as the subject of its own view; `thread` leaves out what it answers,
 * which is in view.
 */
export function PostCard({
  item: { post, reason },
  standing,
  lead = false,
  thread = false,
}: {
  item: TimelineItem;
  standing?: Standing;
  lead?: boolean;
  thread?: boolean;
}): ComponentChildren {
  const { id, author, createdAt, replyTo } = post;
  const mine = useStore(session)?.user.id === author.id;
  return (
    <article
      class={lead ? "post lead" : "post"}
      tabIndex={standing === undefined ? undefined : 0}
      aria-labelledby={`by-${id}`}
      aria-describedby={`text-${id}`}
      aria-posinset={standing?.position}
      aria-setsize={standing?.of}
    >
      {reason.kind === "repost" && reason.by !== undefined && (
        <p class="reason">
          <RepostIcon />
          <a href={`/@${reason.by.handle}`}>
            <bdi>{reason.by.name}</bdi> reposted
          </a>
        </p>
      )}
      <Avatar of={author} />
      <div class="byline">
        <a href={`/@${author.handle}`} id={`by-${id}`}>
          <bdi class="name">{author.name}</bdi> <span class="handle">@{author.handle}</span>
        </a>
        {!lead && (
          <a class="when" href={`/post/${id}`}>
            <When at={createdAt} />
          </a>
        )}
      </div>
      {replyTo !== null && !lead && !thread && (
        <p class="answering">
          <a href={`/post/${replyTo}`}>In reply to a post</a>
        </p>
      )}
      <PostText id={id} text={post.text} />
      {lead && (
        <time class="full-time" dateTime={createdAt}>
          {fullTime(createdAt)}
        </time>
      )}
      <footer>
        <Counts post={post} />
        {mine && <DeleteButton postId={id} />}
      </footer>
    </article>
  );
}
