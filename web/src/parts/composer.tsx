/** The box over the page for a post or a reply. */
import type { ComponentChildren } from "preact";
import type { Post, User } from "../../../client/src/wire.ts";
import { AnswerCache, useAnswer } from "../state/answer.ts";
import { readPost } from "../net/api.ts";
import { composer } from "../state/open-composer.ts";
import { useStore } from "../state/store.ts";
import { Dialog } from "./dialog.tsx";
import { FailureNotice } from "./notice.tsx";
import { PostBox } from "./post-box.tsx";

const answered = new AnswerCache<Post>();

/** The post that the reader answers, shortened. */
function Quote({ id }: { id: string }): ComponentChildren {
  const { value, failure, again } = useAnswer(answered, id, () => readPost(id));
  if (failure !== null) return <FailureNotice failure={failure} onRetry={again} />;
  return (
    <blockquote class="quote" aria-busy={value === null}>
      <p class="handle">{value === null ? " " : `@${value.author.handle}`}</p>
      <p dir="auto">{value?.text}</p>
    </blockquote>
  );
}

/** The composer, while it is open. */
export function Composer({ me }: { me: User }): ComponentChildren {
  const now = useStore(composer);
  if (now === null) return null;
  const { replyTo, no } = now;
  return (
    <Dialog
      key={no}
      title={replyTo === null ? "New post" : "Reply"}
      onClosed={() => composer.get()?.no === no && composer.set(null)}
    >
      {(close) => (
        <>
          {replyTo !== null && <Quote id={replyTo} />}
          <PostBox me={me} replyTo={replyTo} begun onSent={close} />
        </>
      )}
    </Dialog>
  );
}
