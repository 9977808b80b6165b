/** Following, muting and blocking an account: shown at once, undone with a message if refused. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { User } from "../../../feed/wire.ts";
import { type Relation, setRelation } from "../api.ts";
import { announce } from "../changes.ts";
import { asFailure, inWords } from "../failure.ts";
import { toast } from "../toasts.ts";

type Viewer = NonNullable<User["viewer"]>;

/** An account as it is once the reader has begun or ended a relation with it. */
export function related(user: User, relation: Relation, on: boolean): User {
  const { viewer, counts } = user;
  if (viewer === undefined) return user;
  if (relation === "mute") return { ...user, viewer: { ...viewer, muted: on } };
  if (relation === "block") {
    const left = on ? { following: false, followedBy: false } : {};
    return follows({ ...user, viewer: { ...viewer, blocked: on } }, { ...left });
  }
  return follows({ ...user, counts, viewer }, { following: on });
}

function follows(user: User, change: Partial<Viewer>): User {
  const { viewer, counts } = user;
  if (viewer === undefined) return user;
  const after = { ...viewer, ...change };
  const more = Number(after.following) - Number(viewer.following);
  const fewer = Number(after.followedBy) - Number(viewer.followedBy);
  return {
    ...user,
    viewer: after,
    counts: {
      ...counts,
      followers: Math.max(0, counts.followers + more),
      following: Math.max(0, counts.following + fewer),
    },
  };
}

const DONE: Record<Relation, { on: string; off: string }> = {
  follow: { on: "follow", off: "unfollow" },
  mute: { on: "mute", off: "unmute" },
  block: { on: "block", off: "unblock" },
};

/** Sets a relation; `onChange` hears of the account at once, and again if it was refused. */
export async function relate(
  user: User,
  relation: Relation,
  on: boolean,
  onChange: (user: User) => void,
): Promise<void> {
  onChange(related(user, relation, on));
  try {
    await setRelation(user.handle, relation, on);
    const wanted = relation === "follow" ? on : !on;
    announce(wanted ? { type: "follows" } : { type: "unwanted", userId: user.id });
  } catch (thrown) {
    onChange(user);
    const what = DONE[relation][on ? "on" : "off"];
    const words = `Could not ${what} @${user.handle}. ${inWords(asFailure(thrown))}`;
    toast({ text: words, problem: true });
  }
}

interface Props {
  user: User;
  onChange: (user: User) => void;
}

/** Follows or unfollows. While an account is blocked, the way back is to unblock it. */
export function FollowButton({ user, onChange }: Props): ComponentChildren {
  const [busy, setBusy] = useState(false);
  const { viewer } = user;
  if (viewer === undefined) {
    return (
      <a class="button" href="/">
        Sign in to follow
      </a>
    );
  }
  const [relation, on] = viewer.blocked
    ? (["block", true] as const)
    : (["follow", viewer.following] as const);
  const toggle = async (): Promise<void> => {
    setBusy(true);
    await relate(user, relation, !on, onChange);
    setBusy(false);
  };
  const label = viewer.blocked ? "Unblock" : on ? "Following" : "Follow";
  return (
    <button
      type="button"
      class={on ? "follows" : "primary"}
      // Not disabled while it is under way, which would take the focus from it.
      aria-disabled={busy}
      aria-label={`${label} @${user.handle}`}
      title={label === "Following" ? "Unfollow" : undefined}
      onClick={() => !busy && void toggle()}
    >
      {label}
    </button>
  );
}

/** Mutes and blocks; a block is asked about, for it undoes follows both ways. */
export function QuietRelations({ user, onChange }: Props): ComponentChildren {
  const [asking, setAsking] = useState(false);
  const { viewer, handle } = user;
  if (viewer === undefined) return null;
  const { muted, blocked } = viewer;
  if (asking) {
    return (
      <div class="relations" role="group" aria-label={`Block @${handle}?`}>
        <p>
          Block @{handle}? Neither of you will follow the other, nor see the other’s posts in a
          timeline.
        </p>
        <button
          type="button"
          class="danger"
          ref={(button) => button?.focus({ preventScroll: true })}
          onClick={() => {
            setAsking(false);
            void relate(user, "block", true, onChange);
          }}
        >
          Block
        </button>
        <button type="button" class="quiet" onClick={() => setAsking(false)}>
          Cancel
        </button>
      </div>
    );
  }
  return (
    <div class="relations">
      <button
        type="button"
        class="quiet"
        onClick={() => void relate(user, "mute", !muted, onChange)}
      >
        {muted ? "Unmute" : "Mute"}
      </button>
      {!blocked && (
        <button type="button" class="quiet" onClick={() => setAsking(true)}>
          Block
        </button>
      )}
    </div>
  );
}
