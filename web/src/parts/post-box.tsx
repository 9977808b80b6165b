/** Where a post or a reply is written. */
import type { ComponentChildren, TargetedEvent } from "preact";
import { useState } from "preact/hooks";
import { POST_TEXT_MAX_CHARS } from "../../../feed/limits.ts";
import type { User } from "../../../feed/wire.ts";
import { sendPost } from "../api.ts";
import { announce } from "../changes.ts";
import { codePoints } from "../contract.ts";
import { type Draft, newDraft, storedDraft, storeDraft } from "../draft.ts";
import { asFailure, inWords } from "../failure.ts";
import { Avatar } from "./avatar.tsx";

/** From here on the number of characters left is worth an eye. */
const FEW_LEFT_CHARS = 20;

interface Box {
  text: string;
  left: number;
  busy: boolean;
  problem: string;
  write: (text: string) => void;
  send: () => Promise<void>;
}

function usePostBox(me: User, replyTo: string | null): Box {
  const [draft, setDraft] = useState(() => storedDraft(me.id, replyTo));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const keep = (next: Draft): void => {
    setDraft(next);
    storeDraft(me.id, replyTo, next);
  };
  const send = async (): Promise<void> => {
    setBusy(true);
    setProblem("");
    try {
      const post = await sendPost(draft.text.trim(), replyTo, draft.key);
      keep(newDraft(""));
      announce({ type: "mine", post });
    } catch (thrown) {
      const failure = asFailure(thrown);
      if (failure.code === "idempotency_conflict") keep(newDraft(draft.text));
      setProblem(inWords(failure));
    } finally {
      setBusy(false);
    }
  };
  const left = POST_TEXT_MAX_CHARS - codePoints(draft.text.trim());
  return { text: draft.text, left, busy, problem, write: (text) => keep(newDraft(text)), send };
}

/** Writes a post, or a reply when `replyTo` names a post. The draft outlives the page. */
export function PostBox({
  me,
  replyTo = null,
}: {
  me: User;
  replyTo?: string | null;
}): ComponentChildren {
  const { text, left, busy, problem, write, send } = usePostBox(me, replyTo);
  const ready = !busy && left >= 0 && left < POST_TEXT_MAX_CHARS;
  const submit = (event: Event): void => {
    event.preventDefault();
    if (ready) void send();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
  };
  const label = replyTo === null ? "What is on your mind?" : "Write a reply";
  return (
    <form class="post-box" onSubmit={submit}>
      <Avatar of={me} />
      <textarea
        aria-label={label}
        placeholder={label}
        dir="auto"
        rows={replyTo === null ? 2 : 1}
        value={text}
        readOnly={busy}
        aria-invalid={left < 0}
        aria-describedby="post-box-left"
        onInput={(event: TargetedEvent<HTMLTextAreaElement>) => write(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <div class="row">
        <p class="problem" role="alert">
          {problem}
        </p>
        <span id="post-box-left" class={left < FEW_LEFT_CHARS ? "left few" : "left"}>
          {left < POST_TEXT_MAX_CHARS && left}
          <span class="unseen"> characters left</span>
        </span>
        <button type="submit" class="primary" disabled={!ready}>
          {busy ? "Sending…" : replyTo === null ? "Post" : "Reply"}
        </button>
      </div>
    </form>
  );
}
