/** A post, in a list or on its own. */
import type { ComponentChildren, TargetedMouseEvent } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { connected } from "../net/live.ts";
import { watchImpressions } from "../net/impressions.ts";
import { go } from "../route/router.ts";
import { session } from "../state/session.ts";
import { useSelected, useStore } from "../state/store.ts";
import type { Post } from "../../../client/src/wire.ts";
import type { ListItem } from "../state/list-reducer.ts";
import { fullTime, spans } from "../words/wording.ts";
import { Avatar } from "./avatar.tsx";
import { DeleteButton } from "./delete-button.tsx";
import { RepostIcon, WhyIcon } from "./icons.tsx";
import { Reactions } from "./reactions.tsx";
import { When } from "./when.tsx";
import { WhyThisPost } from "./why.tsx";

function PostText({ id, text }: { id: string; text: string }): ComponentChildren {
  return (
    <p class="text" dir="auto" id={`text-${id}`}>
      {spans(text).map((span) => {
        if (span.kind === "text") return span.text;
        if (span.kind === "mention") return <a href={span.href}>{span.text}</a>;
        // Letters of a path that are written from the right must not move those of the host.
        return (
          <a dir="ltr" href={span.href} target="_blank" rel="noopener noreferrer nofollow ugc">
            {span.text}
          </a>
        );
      })}
    </p>
  );
}

function Byline({ item, lead }: { item: ListItem; lead: boolean }): ComponentChildren {
  const { id, author, createdAt } = item.post;
  return (
    <div class="byline">
      <a href={`/@${author.handle}`} id={`by-${id}`}>
        <bdi class="name">{author.name}</bdi> <span class="handle">@{author.handle}</span>
      </a>
      {!lead && item.sending !== true && (
        <a class="when" href={`/post/${id}`}>
          <When at={createdAt} />
        </a>
      )}
    </div>
  );
}

function Foot({ item }: { item: ListItem }): ComponentChildren {
  const { post, why, sending } = item;
  const [open, setOpen] = useState(false);
  const mine = useSelected(session, (now) => now?.user.id === post.author.id);
  const up = useStore(connected);
  if (sending === true) {
    return (
      <footer class="sending">
        {up === false ? "Goes out when the network is back" : "Sending…"}
      </footer>
    );
  }
  return (
    <footer>
      <Reactions post={post} />
      {why !== undefined && (
        <button
          type="button"
          class="act ask"
          aria-expanded={open}
          aria-controls={`why-${post.id}`}
          aria-label="Why this post"
          title="Why this post"
          onClick={() => setOpen(!open)}
        >
          <WhyIcon />
        </button>
      )}
      {mine && <DeleteButton postId={post.id} />}
      {open && why !== undefined && <WhyThisPost why={why} post={post} />}
    </footer>
  );
}

/** What a reply answers: the author and the first lines, as far as the reader may see them. */
function Answered({ post, replyTo }: { post: Post; replyTo: string }): ComponentChildren {
  const { parent } = post;
  if (parent === null) {
    return (
      <p class="answering">
        <a href={`/post/${replyTo}`}>In reply to a post that is not shown</a>
      </p>
    );
  }
  const { author, text } = parent;
  return (
    <a class="answered" href={`/post/${replyTo}`}>
      <span class="unseen">In reply to </span>
      <Avatar of={author} size="small" />
      <span class="who">
        <bdi class="name">{author.name}</bdi> @{author.handle}
      </span>
      <span class="unseen">: </span>
      <span class="words" dir="auto">
        {text}
      </span>
    </a>
  );
}

/** A click beside links and buttons opens the post, unless it ends a selection of text. */
function openPost(event: TargetedMouseEvent<HTMLElement>, id: string): void {
  const { target } = event;
  if (!(target instanceof Element) || target.closest("a, button, section") !== null) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (getSelection()?.isCollapsed !== false) go(`/post/${id}`);
}

/** The card's place in its list, for readers who can't see the list. */
export interface ListPosition {
  position: number;
  /** -1 while there may be more. */
  of: number;
}

/**
 * A post. @param lead shows it large, as the subject of its own view
 * @param thread leaves out which post it answers, because that post is in view
 * @param joined draws a line to the post below, which answers this one
 */
export function PostCard({
  item,
  listPosition,
  lead = false,
  thread = false,
  joined = false,
  children,
}: {
  item: ListItem;
  listPosition?: ListPosition;
  lead?: boolean;
  thread?: boolean;
  joined?: boolean;
  children?: ComponentChildren;
}): ComponentChildren {
  const { post, reason, sending = false } = item;
  const { id, author, createdAt, replyTo } = post;
  const article = useRef<HTMLElement>(null);
  const inList = listPosition !== undefined && !sending;
  useLayoutEffect(() => {
    if (article.current === null || !inList) return undefined;
    return watchImpressions(article.current, id);
  }, [id, inList]);
  return (
    <article
      class={["post", lead && "lead", inList && "opens", joined && "joined"]
        .filter(Boolean)
        .join(" ")}
      ref={article}
      data-post={id}
      tabIndex={0}
      aria-labelledby={`by-${id}`}
      aria-describedby={`text-${id}`}
      aria-posinset={listPosition?.position}
      aria-setsize={listPosition?.of}
      aria-busy={sending}
      onClick={(event) => inList && openPost(event, id)}
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
      <Byline item={item} lead={lead} />
      {replyTo !== null && !lead && !thread && <Answered post={post} replyTo={replyTo} />}
      <PostText id={id} text={post.text} />
      {lead && (
        <time class="full-time" dateTime={createdAt}>
          {fullTime(createdAt)}
        </time>
      )}
      <Foot item={item} />
      {children}
    </article>
  );
}
