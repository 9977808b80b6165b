/** The form for a post or a reply. */
import type { ComponentChildren, TargetedEvent } from "preact";
import { useId, useMemo } from "preact/hooks";
import { POST_TEXT_MAX_CHARS } from "../../../feed/limits.ts";
import { codePoints } from "../../../feed/timeline/protocol.ts";
import type { User } from "../../../client/src/wire.ts";
import { DraftBox } from "../state/drafts.ts";
import { sendDraft } from "../state/posting.ts";
import { useStore } from "../state/store.ts";
import { counted } from "../words/wording.ts";
import { Avatar } from "./avatar.tsx";

/** Below this, the form emphasizes the number of characters left. */
const FEW_LEFT_CHARS = 20;

function leftInWords(left: number): string {
  if (left < 0) return `${counted(-left, "character")} too many`;
  return left < FEW_LEFT_CHARS ? `${counted(left, "character")} left` : "";
}

function Left({ left, id }: { left: number; id: string }): ComponentChildren {
  const few = left < FEW_LEFT_CHARS;
  return (
    <>
      <span id={id} class={few ? "left few" : "left"}>
        {left < POST_TEXT_MAX_CHARS && left}
        <span class="unseen">{left < POST_TEXT_MAX_CHARS && " characters left"}</span>
      </span>
      {/* Said only near the end: a number at every key would drown the text. */}
      <span class="unseen" role="status">
        {leftInWords(left)}
      </span>
    </>
  );
}

/**
 * Writes a post, or a reply if `replyTo` names a post. The draft outlives the page.
 * @param begun the reader has just opened the form, so the dialog around it gives it the focus
 * @param onSent runs when the text has been sent, before the answer
 */
export function PostBox({
  me,
  replyTo = null,
  begun = false,
  onSent,
}: {
  me: User;
  replyTo?: string | null;
  begun?: boolean;
  onSent?: () => void;
}): ComponentChildren {
  const box = useMemo(() => new DraftBox(me.id, replyTo), [me.id, replyTo]);
  const { text } = useStore(box.state);
  const leftId = useId();
  // As the API counts: code points, after trimming.
  const left = POST_TEXT_MAX_CHARS - codePoints(text.trim());
  const ready = left >= 0 && left < POST_TEXT_MAX_CHARS;
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!ready) return;
    void sendDraft(box, me, replyTo);
    onSent?.();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
  };
  const label = replyTo === null ? "What is on your mind?" : "Write a reply";
  return (
    <form class="post-box" onSubmit={submit}>
      <Avatar of={me} />
      <textarea
        autoFocus={begun}
        aria-label={label}
        placeholder={label}
        dir="auto"
        rows={replyTo === null ? 2 : 1}
        value={text}
        aria-invalid={left < 0}
        aria-describedby={leftId}
        onInput={(event: TargetedEvent<HTMLTextAreaElement>) =>
          box.write(event.currentTarget.value)
        }
        onKeyDown={onKeyDown}
      />
      <div class="row">
        <Left left={left} id={leftId} />
        <button type="submit" class="primary" disabled={!ready}>
          {replyTo === null ? "Post" : "Reply"}
        </button>
      </div>
    </form>
  );
}
