/** Sends a draft: shows the post at once, and removes it if the API refuses it. */
import type { Post, User } from "../../../client/src/wire.ts";
import { sendPost } from "../net/api.ts";
import { announce } from "./changes.ts";
import { write } from "./open-composer.ts";
import type { DraftBox } from "./drafts.ts";
import { asFailure, inWords } from "../net/failure.ts";
import { failedWithoutLine, lineBack } from "../net/line.ts";
import { go } from "../route/router.ts";
import { session } from "./session.ts";
import { settled, toast } from "./messages.ts";

/** The prefix of local ids; no id of the server begins with it. */
const WRITTEN_HERE = "~";

/**
 * Sends something, again and again while there is no line: a repeated key makes no second post. Null if the
 * session has changed meanwhile; the text stays stored, as a draft of the account.
 */
async function sentOnceUp<T>(send: () => Promise<T>, who: string | undefined): Promise<T | null> {
  for (;;) {
    try {
      return await send();
    } catch (thrown) {
      if (!failedWithoutLine(asFailure(thrown))) throw thrown;
      await lineBack();
      if (session.get()?.user.id !== who) return null;
    }
  }
}

/** Whether the reader sees a post, so that no message has to say that it is there. */
function isInView(postId: string): boolean {
  const article = document.querySelector(`article[data-post="${CSS.escape(postId)}"]`);
  if (article === null) return false;
  const { top, bottom } = article.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}

/** Publishes the draft. @param replyTo the id of the post it answers, or null */
export async function sendDraft(box: DraftBox, me: User, replyTo: string | null): Promise<void> {
  const sent = box.send();
  const text = sent.text.trim();
  const { id, handle, name, avatarUrl } = me;
  const written: Post = {
    id: WRITTEN_HERE + sent.key,
    author: { id, handle, name, avatarUrl },
    text,
    createdAt: new Date().toISOString(),
    replyTo,
    parent: null,
    counts: { likes: 0, reposts: 0, replies: 0 },
  };
  const what = replyTo === null ? "post" : "reply";
  const who = session.get()?.user.id;
  const about = `draft ${replyTo ?? ""}`;
  settled(about);
  announce({ type: "writing", post: written });
  try {
    const post = await sentOnceUp(() => sendPost(text, replyTo, sent.key), who);
    if (post === null) return;
    box.taken(sent);
    if (session.get()?.user.id !== who) return;
    announce({ type: "mine", post, writtenAs: written.id });
    // The page may still draw it under its local id.
    if (isInView(written.id) || isInView(post.id)) return;
    const show = { label: "Show", run: () => go(`/post/${post.id}`) };
    toast({ text: `Your ${what} is out.`, problem: false, about, action: show });
  } catch (thrown) {
    const failure = asFailure(thrown);
    box.refused(sent, failure.code === "idempotency_conflict");
    if (session.get()?.user.id !== who) return;
    announce({ type: "unsent", post: written });
    const edit = { label: "Open it", run: () => write(replyTo) };
    const words = `Your ${what} was not sent, and is a draft again. ${inWords(failure)}`;
    toast({ text: words, problem: true, about, action: edit });
  }
}
