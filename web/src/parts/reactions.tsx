/** The reactions to a post: buttons with counts. */
import type { ComponentChildren } from "preact";
import type { Post } from "../../../client/src/wire.ts";
import type { Reaction } from "../net/api.ts";
import { write } from "../state/open-composer.ts";
import { toggleReaction, useReaction } from "../state/own-reactions.ts";
import { go } from "../route/router.ts";
import { session } from "../state/session.ts";
import { toast } from "../state/messages.ts";
import { compact, counted } from "../words/wording.ts";
import { LikeIcon, ReplyIcon, RepostIcon } from "./icons.tsx";

const LABELS = {
  like: { act: "Like", noun: "like" },
  repost: { act: "Repost", noun: "repost" },
} as const;

/** Runs an action of a signed-in reader; others get a message with a way to sign in. */
function ifSignedIn(act: () => void, what: string): void {
  if (session.get() !== null) act();
  else {
    const action = { label: "Sign in", run: () => go("/") };
    toast({ text: `Sign in to ${what}.`, problem: false, about: "sign in", action });
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

/** Reply, repost and like, in the order of the effort that they take. */
export function Reactions({ post }: { post: Post }): ComponentChildren {
  return (
    <div class="acts">
      <ReplyButton post={post} />
      <ReactionButton post={post} kind="repost" />
      <ReactionButton post={post} kind="like" />
    </div>
  );
}
