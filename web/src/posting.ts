/** Sends what was written; shows it at once, and takes it back if it is refused. */
import type { Post, User } from "../../feed/wire.ts";
import { sendPost } from "./api.ts";
import { announce } from "./changes.ts";
import { write } from "./composer.ts";
import type { DraftBox } from "./drafts.ts";
import { asFailure, inWords } from "./failure.ts";
import { go } from "./router.ts";
import { session } from "./session.ts";
import { toast } from "./toasts.ts";

/** Before the ids of posts that only this page knows of; no id of the server begins so. */
const WRITTEN_HERE = "~";

/** Posts the draft. @param replyTo id of the post it answers, or null */
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
    counts: { likes: 0, reposts: 0, replies: 0 },
  };
  const what = replyTo === null ? "post" : "reply";
  const who = session.get()?.token;
  announce({ type: "writing", post: written });
  try {
    const post = await sendPost(text, replyTo, sent.key);
    box.taken(sent);
    if (session.get()?.token !== who) return;
    announce({ type: "mine", post, writtenAs: written.id });
    const show = { label: "Show", run: () => go(`/post/${post.id}`) };
    toast({ text: `Your ${what} is out.`, problem: false, action: show });
  } catch (thrown) {
    const failure = asFailure(thrown);
    box.refused(sent, failure.code === "idempotency_conflict");
    if (session.get()?.token !== who) return;
    announce({ type: "unsent", post: written });
    const edit = { label: "Open it", run: () => write(replyTo) };
    const words = `Your ${what} was not sent, and is a draft again. ${inWords(failure)}`;
    toast({ text: words, problem: true, action: edit });
  }
}
