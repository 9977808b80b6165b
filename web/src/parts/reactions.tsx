/** What a reader can do with a post, and how many have. */
import type { ComponentChildren } from "preact";
import type { Post } from "../../../feed/wire.ts";
import type { Reaction } from "../api.ts";
import { write } from "../composer.ts";
import { toggleReaction, useReaction } from "../reactions.ts";
import { go } from "../router.ts";
import { session } from "../session.ts";
import { toast } from "../toasts.ts";
import { compact, counted } from "../wording.ts";
import { LikeIcon, ReplyIcon, RepostIcon } from "./icons.tsx";

const LABELS = {
  like: { act: "Like", noun: "like" },
  repost: { act: "Repost", noun: "repost" },
} as const;

/** Does it, or says how to be allowed to. */
function ifSignedIn(act: () => void, what: string): void {
  if (session.get() !== null) act();
  else {
    const action = { label: "Sign in", run: () => go("/") };
    toast({ text: `Sign in to ${what}.`, problem: false, action });
  }
}

function ReactionButton({ post, kind }: { post: Post; kind: Reaction }): ComponentChildren {
  const { on, count } = useReaction(post, kind);
  const { act, noun } = LABELS[kind];
  return (
    <button
      type="button"
      class={`act ${kind}`}
      data-command={kind}
      aria-pressed={on}
      aria-label={`${act}. ${counted(count, noun)}`}
      onClick={() => ifSignedIn(() => void toggleReaction(post, kind), `${noun} posts`)}
    >
      {kind === "like" ? <LikeIcon filled={on} /> : <RepostIcon />}
      <span class="count">{count > 0 && compact(count)}</span>
    </button>
  );
}

function ReplyButton({ post: { id, counts } }: { post: Post }): ComponentChildren {
  return (
    <button
      type="button"
      class="act reply"
      data-command="reply"
      aria-label={`Reply. ${counted(counts.replies, "reply", "replies")}`}
      onClick={() => ifSignedIn(() => write(id), "reply")}
    >
      <ReplyIcon />
      <span class="count">{counts.replies > 0 && compact(counts.replies)}</span>
    </button>
  );
}

/** Reply, repost and like, in the order in which they take the reader's time. */
export function Reactions({ post }: { post: Post }): ComponentChildren {
  return (
    <div class="acts">
      <ReplyButton post={post} />
      <ReactionButton post={post} kind="repost" />
      <ReactionButton post={post} kind="like" />
    </div>
  );
}
