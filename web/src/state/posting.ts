/** Sends a draft: shows the post at once, and removes it if the API refuses it. */
import type { Post, User } from "../../../client/src/wire.ts";
import { sendPost } from "../net/api.ts";
import { announce } from "./changes.ts";
import { write } from "./open-composer.ts";
import type { DraftBox } from "./drafts.ts";
import { asFailure, inWords } from "../net/failure.ts";
import { go } from "../route/router.ts";
import { session } from "./session.ts";
import { settled, toast } from "./messages.ts";

/** The prefix of local ids; no id of the server begins with it. */
const WRITTEN_HERE = "~";

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
  const who = session.get()?.token;
  const about = `draft ${replyTo ?? ""}`;
  settled(about);
  announce({ type: "writing", post: written });
  try {
    const post = await sendPost(text, replyTo, sent.key);
    box.taken(sent);
    if (session.get()?.token !== who) return;
    announce({ type: "mine", post, writtenAs: written.id });
    const show = { label: "Show", run: () => go(`/post/${post.id}`) };
    toast({ text: `Your ${what} is out.`, problem: false, about, action: show });
  } catch (thrown) {
    const failure = asFailure(thrown);
    box.refused(sent, failure.code === "idempotency_conflict");
    if (session.get()?.token !== who) return;
    announce({ type: "unsent", post: written });
    const edit = { label: "Open it", run: () => write(replyTo) };
    const words = `Your ${what} was not sent, and is a draft again. ${inWords(failure)}`;
    toast({ text: words, problem: true, about, action: edit });
  }
}
