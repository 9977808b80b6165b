import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { PostList } from "../state/post-list.ts";
import { session } from "../state/session.ts";
import { useStore } from "../state/store.ts";
import { counted } from "../words/wording.ts";
import { Avatar } from "./avatar.tsx";
import { UpIcon } from "./icons.tsx";

/** From further away the page jumps to the top: smooth scrolling would draw everything on the way. */
const GLIDE_MAX_VIEWPORTS = 3;
/** How many avatars are beside the number. */
const FACES_MAX = 3;

function scrollToTop(): void {
  const far = scrollY > GLIDE_MAX_VIEWPORTS * innerHeight;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  scrollTo({ top: 0, behavior: far || calm ? "instant" : "smooth" });
}

/** The title shows how many new posts wait, for a page in another tab. */
function useTitle(label: string): void {
  useEffect(() => {
    const plain = document.title.replace(/^\(.*?\) /, "");
    document.title = label === "" ? plain : `(${label}) ${plain}`;
  }, [label]);
}

/** Says that new posts wait above the list, and shows them on a click. */
export function NewPosts({
  list,
  onShown,
}: {
  list: PostList;
  onShown: () => void;
}): ComponentChildren {
  const { waiting, stale, reading } = useStore(list.state);
  const me = useStore(session)?.user.id;
  // The reader's own posts do not count as new.
  const news = waiting.filter(({ post, reason }) => (reason.by ?? post.author).id !== me);
  const some = news.length > 0 || stale;
  const label = stale ? "New posts" : counted(news.length, "new post");
  useTitle(!some ? "" : stale ? "new" : String(news.length));
  const authors = new Map(
    news.map(({ post, reason }) => [post.author.id, reason.by ?? post.author]),
  );
  const onClick = (): void => {
    list.showWaiting();
    scrollToTop();
    onShown();
  };
  return (
    <div class={list.live ? "new-posts" : "new-posts never"}>
      <p class="unseen" role="status">
        {some ? label : ""}
      </p>
      {some && reading !== "top" && (
        <button type="button" class="pill" data-command="new-posts" onClick={onClick}>
          <UpIcon />
          <span class="faces" aria-hidden="true">
            {[...authors.values()].slice(0, FACES_MAX).map((author) => (
              <Avatar key={author.id} of={author} size="small" />
            ))}
          </span>
          {label}
        </button>
      )}
    </div>
  );
}
