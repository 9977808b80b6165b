/** A profile: an account's posts, followers and followees. */
import type { ComponentChildren } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { User } from "../../../client/src/wire.ts";
import { AnswerCache, useAnswer } from "../state/answer.ts";
import { readUser } from "../net/api.ts";
import { Avatar } from "../parts/avatar.tsx";
import { Feed } from "../parts/feed.tsx";
import { FailureNotice, Skeleton } from "../parts/notice.tsx";
import { People } from "../parts/people.tsx";
import { FollowButton, QuietRelations } from "../parts/relations.tsx";
import { ViewBar } from "../parts/view-bar.tsx";
import { peopleList } from "../state/people-list.ts";
import { profileList } from "../state/post-lists.ts";
import { relate } from "../state/own-relations.ts";
import type { ProfileTab } from "../route/route.ts";
import { session } from "../state/session.ts";
import { useStore } from "../state/store.ts";
import { compact } from "../words/wording.ts";

const users = new AnswerCache<User>();

interface HeadProps {
  user: User;
  onChange: (user: User) => void;
}

function ProfileHead({ user, onChange }: HeadProps): ComponentChildren {
  const me = useStore(session)?.user;
  const joined = new Date(user.createdAt);
  const own = me?.id === user.id;
  return (
    <section class="profile" aria-label="Profile">
      <Avatar of={user} size="large" />
      {!own && <FollowButton user={user} onChange={onChange} />}
      <h1 dir="auto">{user.name}</h1>
      <p class="handle">
        @{user.handle}
        {user.viewer?.followedBy === true && <span class="tag">Follows you</span>}
        {user.viewer?.muted === true && <span class="tag">Muted</span>}
        {user.celebrity && <span class="tag">Widely followed</span>}
      </p>
      <p class="figures">
        Here since {joined.toLocaleDateString("en", { month: "long", year: "numeric" })}
      </p>
      {!own && <QuietRelations user={user} onChange={onChange} />}
    </section>
  );
}

function ProfileTabs({ user, tab }: { user: User; tab: ProfileTab }): ComponentChildren {
  const { handle, counts } = user;
  const tabs = [
    ["posts", `/@${handle}`, counts.posts === 1 ? "post" : "posts"],
    ["followers", `/@${handle}/followers`, counts.followers === 1 ? "follower" : "followers"],
    ["following", `/@${handle}/following`, "following"],
  ] as const;
  return (
    <nav class="tabs" aria-label="Profile lists">
      {tabs.map(([name, path, label]) => (
        <a key={name} href={path} aria-current={name === tab ? "page" : undefined}>
          <b>{compact(counts[name])}</b> {label}
        </a>
      ))}
    </nav>
  );
}

function Blocked({ user, onChange }: HeadProps): ComponentChildren {
  return (
    <div class="notice">
      <h2>You have blocked @{user.handle}</h2>
      <p>Their posts are not shown to you, and neither of you can follow the other.</p>
      <button type="button" onClick={() => void relate(user, "block", false, onChange)}>
        Unblock
      </button>
    </div>
  );
}

function Posts({ user, visit }: { user: User; visit: string }): ComponentChildren {
  const viewer = useStore(session)?.user.id ?? "";
  const list = useMemo(() => profileList(user.handle, visit), [user.handle, visit, viewer]);
  return (
    <Feed
      list={list}
      label={`Posts of ${user.name}`}
      empty={
        <p class="notice">
          {isMe(user)
            ? "You have not posted anything yet."
            : `@${user.handle} has not posted anything yet.`}
        </p>
      }
    />
  );
}

function isMe(user: User): boolean {
  return session.get()?.user.id === user.id;
}

const NONE_OF_MINE = {
  followers: "Nobody follows you yet.",
  following: "You follow nobody yet.",
};
const noneOf = (handle: string): typeof NONE_OF_MINE => ({
  followers: `Nobody follows @${handle} yet.`,
  following: `@${handle} follows nobody.`,
});

function PeopleOf({
  user,
  side,
  visit,
}: {
  user: User;
  side: "followers" | "following";
  visit: string;
}): ComponentChildren {
  const { handle } = user;
  const list = useMemo(() => peopleList(handle, side, visit), [handle, side, visit]);
  const none = isMe(user) ? NONE_OF_MINE[side] : noneOf(handle)[side];
  const label = side === "followers" ? `Followers of ${user.name}` : `Followed by ${user.name}`;
  return <People list={list} label={label} empty={<p class="notice">{none}</p>} />;
}

/** The view of `/@handle` and its lists. */
export function Profile({
  handle,
  tab,
  visit,
}: {
  handle: string;
  tab: ProfileTab;
  visit: string;
}): ComponentChildren {
  const viewer = useStore(session)?.user.id ?? "";
  const { value, failure, again, set } = useAnswer(
    users,
    `${handle} ${viewer}`,
    () => readUser(handle),
    visit,
  );
  useEffect(() => {
    document.title = value === null ? "Skein" : `${value.name} (@${handle}) · Skein`;
  }, [value?.name, handle]);
  if (failure?.code === "not_found") {
    return (
      <div class="notice">
        <h1>Nobody is called @{handle}</h1>
        <p>
          The handle may be mistyped. <a href="/">Go to the timeline</a>
        </p>
      </div>
    );
  }
  if (failure !== null) return <FailureNotice failure={failure} onRetry={again} />;
  if (value === null) return <Skeleton />;
  return (
    <>
      <ViewBar title={`@${value.handle}`} />
      <ProfileHead user={value} onChange={set} />
      <ProfileTabs user={value} tab={tab} />
      {value.viewer?.blocked === true ? (
        <Blocked user={value} onChange={set} />
      ) : tab === "posts" ? (
        <Posts user={value} visit={visit} />
      ) : (
        <PeopleOf key={tab} user={value} side={tab} visit={visit} />
      )}
    </>
  );
}
