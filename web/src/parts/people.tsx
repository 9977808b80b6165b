import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { User } from "../../../client/src/wire.ts";
import { type PeopleList, suggestionList } from "../state/people-list.ts";
import { place } from "../route/router.ts";
import { session } from "../state/session.ts";
import { useStore } from "../state/store.ts";
import { counted } from "../words/wording.ts";
import { Avatar } from "./avatar.tsx";
import { FailureNotice, Skeleton } from "./notice.tsx";
import { FollowButton, HideButton } from "./relations.tsx";

/** The list reads the next page when its end is this near. */
const NEXT_PAGE_MARGIN_PX = 1_000;

function Person({
  user,
  onChange,
  quiet = false,
}: {
  user: User;
  onChange: (user: User) => void;
  quiet?: boolean;
}): ComponentChildren {
  const me = useStore(session)?.user.id;
  return (
    <li class="person">
      <Avatar of={user} />
      <div>
        <a href={`/@${user.handle}`}>
          <bdi class="name">{user.name}</bdi> <span class="handle">@{user.handle}</span>
        </a>
        <p class="figures">
          {counted(user.counts.followers, "follower")}
          {user.viewer?.followedBy === true && <span class="tag">Follows you</span>}
        </p>
      </div>
      {user.viewer !== undefined &&
        user.id !== me &&
        (quiet ? (
          <HideButton user={user} onChange={onChange} />
        ) : (
          <FollowButton user={user} onChange={onChange} />
        ))}
    </li>
  );
}

/** A few accounts to follow, if there are any. @param most how many are shown */
export function Suggestions({ most }: { most: number }): ComponentChildren {
  const list = suggestionList();
  const { users } = useStore(list.state);
  useEffect(() => {
    if (!list.state.get().loaded) void list.more();
  }, [list]);
  if (users.length === 0) return null;
  return (
    <section class="suggestions" aria-label="People to follow">
      <h2>People to follow</h2>
      <ul class="people">
        {users.slice(0, most).map((user) => (
          <Person key={user.id} user={user} onChange={(changed) => list.replace(changed)} />
        ))}
      </ul>
    </section>
  );
}

/**
 * A list of accounts with all its states; reads on as the reader scrolls. @param quiet each has a button for the
 * reader's mute or block instead of one to follow
 */
export function People({
  list,
  label,
  empty,
  quiet = false,
}: {
  list: PeopleList;
  label: string;
  empty: ComponentChildren;
  quiet?: boolean;
}): ComponentChildren {
  const { users, next, loaded, reading, failure } = useStore(list.state);
  const end = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (!list.state.get().loaded) void list.more();
    scrollTo({ top: place.get().scrollTop, behavior: "instant" });
  }, [list]);
  useEffect(() => {
    if (end.current === null || reading || next === null || failure !== null) return undefined;
    const observer = new IntersectionObserver(
      (entries) => entries.some(({ isIntersecting }) => isIntersecting) && void list.more(),
      { rootMargin: `0px 0px ${NEXT_PAGE_MARGIN_PX}px` },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [list, users, reading, failure]);
  return (
    <>
      {users.length > 0 && (
        <ul class="people" aria-label={label}>
          {users.map((user) => (
            <Person
              key={user.id}
              user={user}
              quiet={quiet}
              onChange={(changed) => list.replace(changed)}
            />
          ))}
        </ul>
      )}
      {failure !== null && <FailureNotice failure={failure} onRetry={() => void list.more()} />}
      {reading && <Skeleton posts={loaded ? 1 : 4} />}
      {loaded && users.length === 0 && empty}
      <div ref={end} aria-hidden="true" />
    </>
  );
}
