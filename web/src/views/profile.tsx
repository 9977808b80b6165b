/** An account and its posts. */
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { User } from "../../../feed/wire.ts";
import { AnswerCache, useAnswer } from "../answer.ts";
import { readUser, setFollow } from "../api.ts";
import { announce } from "../changes.ts";
import { asFailure, inWords } from "../failure.ts";
import { Avatar } from "../parts/avatar.tsx";
import { Feed } from "../parts/feed.tsx";
import { FailureNotice, Skeleton } from "../parts/notice.tsx";
import { profileList } from "../post-list.ts";
import { session } from "../session.ts";
import { useStore } from "../store.ts";
import { compact } from "../wording.ts";

const users = new AnswerCache<User>();

function FollowButton({
  user,
  onChange,
}: {
  user: User;
  onChange: (user: User) => void;
}): ComponentChildren {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const { viewer } = user;
  if (viewer === undefined) {
    return (
      <a class="button" href="/">
        Sign in to follow
      </a>
    );
  }
  const toggle = async (): Promise<void> => {
    setBusy(true);
    setProblem("");
    try {
      const { following } = await setFollow(user.handle, !viewer.following);
      const change = Number(following) - Number(viewer.following);
      const counts = { ...user.counts, followers: user.counts.followers + change };
      onChange({ ...user, counts, viewer: { ...viewer, following } });
      announce({ type: "follows" });
    } catch (thrown) {
      setProblem(inWords(asFailure(thrown)));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="follow">
      <button
        type="button"
        class={viewer.following ? "" : "primary"}
        disabled={busy}
        onClick={() => void toggle()}
      >
        {viewer.following ? "Unfollow" : "Follow"}
      </button>
      <p class="problem" role="alert">
        {problem}
      </p>
    </div>
  );
}

function Figure({ count, what }: { count: number; what: string }): ComponentChildren {
  return (
    <li>
      <b>{compact(count)}</b> {what}
    </li>
  );
}

function ProfileHead({
  user,
  onChange,
}: {
  user: User;
  onChange: (user: User) => void;
}): ComponentChildren {
  const me = useStore(session)?.user;
  const { counts } = user;
  const joined = new Date(user.createdAt);
  return (
    <section class="profile" aria-label="Profile">
      <Avatar of={user} size="large" />
      {me?.id !== user.id && <FollowButton user={user} onChange={onChange} />}
      <h1 dir="auto">{user.name}</h1>
      <p class="handle">
        @{user.handle}
        {user.viewer?.followedBy === true && <span class="tag">Follows you</span>}
      </p>
      <ul class="figures">
        <Figure count={counts.posts} what={counts.posts === 1 ? "post" : "posts"} />
        <Figure count={counts.followers} what={counts.followers === 1 ? "follower" : "followers"} />
        <Figure count={counts.following} what="following" />
        <li>Since {joined.toLocaleDateString("en", { month: "long", year: "numeric" })}</li>
      </ul>
    </section>
  );
}

/** The view of `/@handle`. */
export function Profile({ handle, visit }: { handle: string; visit: string }): ComponentChildren {
  const token = useStore(session)?.token ?? "";
  const { value, failure, again, set } = useAnswer(users, `${visit} ${token}`, () =>
    readUser(handle),
  );
  const list = useMemo(() => profileList(handle, visit), [handle, visit, token]);
  useEffect(() => {
    document.title = value === null ? "Skein" : `${value.name} (@${handle}) · Skein`;
  }, [value, handle]);
  if (failure?.code === "not_found") {
    return (
      <div class="notice">
        <h1>Nobody is called @{handle}</h1>
        <p>The handle may be mistyped.</p>
      </div>
    );
  }
  if (failure !== null) return <FailureNotice failure={failure} onRetry={again} />;
  if (value === null) return <Skeleton />;
  return (
    <>
      <ProfileHead user={value} onChange={set} />
      <Feed
        list={list}
        label={`Posts of ${value.name}`}
        empty={<p class="notice">Nothing has been posted here yet.</p>}
      />
    </>
  );
}
