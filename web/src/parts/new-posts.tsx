import type { ComponentChildren } from "preact";
import type { PostList } from "../post-list.ts";
import { useStore } from "../store.ts";
import { counted } from "../wording.ts";

/** Further than this the way to the top is jumped: gliding over it would draw it all. */
const GLIDE_MAX_VIEWPORTS = 3;

function scrollToTop(): void {
  const far = scrollY > GLIDE_MAX_VIEWPORTS * innerHeight;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  scrollTo({ top: 0, behavior: far || calm ? "instant" : "smooth" });
}

/** Says that new posts wait above, and shows them when asked. */
export function NewPosts({
  list,
  onShown,
}: {
  list: PostList;
  onShown: () => void;
}): ComponentChildren {
  const { waiting, stale, reading } = useStore(list.state);
  const some = waiting.length > 0 || stale;
  const label = stale ? "New posts" : counted(waiting.length, "new post");
  const onClick = (): void => {
    list.showWaiting();
    scrollToTop();
    onShown();
  };
  return (
    <div class="new-posts">
      <p class="unseen" role="status">
        {some ? label : ""}
      </p>
      {some && reading !== "top" && (
        <button type="button" class="pill" onClick={onClick}>
          {label}
        </button>
      )}
    </div>
  );
}
