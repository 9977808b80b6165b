/** Buttons to follow, mute and block an account. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { User } from "../../../client/src/wire.ts";
import { relate } from "../state/own-relations.ts";

interface Props {
  user: User;
  onChange: (user: User) => void;
}

/** Follows or unfollows an account; unblocks it while it is blocked. */
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
      // It stays enabled during the call, because a disabled button loses the focus.
      aria-disabled={busy}
      aria-label={`${label} @${user.handle}`}
      title={label === "Following" ? "Unfollow" : undefined}
      onClick={() => !busy && void toggle()}
    >
      {label}
    </button>
  );
}

/** Takes a mute or block back, or makes it again: in the lists of those whom one does not see. */
export function HideButton({ user, onChange }: Props): ComponentChildren {
  const [kind] = useState(user.viewer?.blocked === true ? ("block" as const) : ("mute" as const));
  const { viewer, handle } = user;
  const on = kind === "block" ? viewer?.blocked === true : viewer?.muted === true;
  const words = kind === "block" ? ["Unblock", "Block"] : ["Unmute", "Mute"];
  const label = words[on ? 0 : 1];
  return (
    <button
      type="button"
      aria-label={`${label} @${handle}`}
      onClick={() => void relate(user, kind, !on, onChange)}
    >
      {label}
    </button>
  );
}

/** Mutes and blocks an account. A block asks for confirmation, because it ends follows both ways. */
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
