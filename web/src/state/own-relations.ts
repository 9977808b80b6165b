/** The reader's follows, mutes and blocks: shown at once, undone with a message if refused. */
import type { User } from "../../../client/src/wire.ts";
import { type Relation, setRelation } from "../net/api.ts";
import { announce } from "./changes.ts";
import { asFailure, inWords } from "../net/failure.ts";
import { settled, toast } from "./messages.ts";

type Viewer = NonNullable<User["viewer"]>;

/** An account after the reader has begun or ended a relation with it. */
export function related(user: User, relation: Relation, on: boolean): User {
  const { viewer } = user;
  if (viewer === undefined) return user;
  if (relation === "mute") return { ...user, viewer: { ...viewer, muted: on } };
  if (relation === "block") {
    const ended = on ? { following: false, followedBy: false } : {};
    return withFollows({ ...user, viewer: { ...viewer, blocked: on } }, ended);
  }
  return withFollows(user, { following: on });
}

function withFollows(user: User, change: Partial<Viewer>): User {
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

/** What the reader may want to take back; a follow shows on its own button. */
const UNDOABLE: Record<Relation, { on: string | null; off: string | null }> = {
  follow: { on: null, off: "You do not follow" },
  mute: { on: "You have muted", off: null },
  block: { on: "You have blocked", off: null },
};

/** Says what was done, with a way back. */
function offerUndo(
  user: User,
  relation: Relation,
  on: boolean,
  onChange: (user: User) => void,
): void {
  const what = UNDOABLE[relation][on ? "on" : "off"];
  if (what === null) return;
  const after = related(user, relation, on);
  const undo = {
    label: "Undo",
    run: () =>
      void relate(after, relation, !on, onChange).then(() => refollow(user, relation, onChange)),
  };
  const more = relation === "follow" ? " any more" : "";
  toast({
    text: `${what} @${user.handle}${more}.`,
    problem: false,
    about: `${relation} ${user.id}`,
    action: undo,
  });
}

/** A block has ended the reader's follow: taking it back brings that back. */
async function refollow(
  user: User,
  relation: Relation,
  onChange: (user: User) => void,
): Promise<void> {
  if (relation !== "block" || user.viewer?.following !== true) return;
  const unblocked = related(related(user, "block", true), "block", false);
  await relate(unblocked, "follow", true, onChange);
}

const DONE: Record<Relation, { on: string; off: string }> = {
  follow: { on: "follow", off: "unfollow" },
  mute: { on: "mute", off: "unmute" },
  block: { on: "block", off: "unblock" },
};

/** Begins or ends a relation. @param onChange gets the account at once, and again if the API refuses */
export async function relate(
  user: User,
  relation: Relation,
  on: boolean,
  onChange: (user: User) => void,
): Promise<void> {
  const about = `${relation} ${user.id}`;
  settled(about);
  onChange(related(user, relation, on));
  try {
    await setRelation(user.handle, relation, on);
    const wanted = relation === "follow" ? on : !on;
    announce(wanted ? { type: "follows" } : { type: "unwanted", userId: user.id });
    offerUndo(user, relation, on, onChange);
  } catch (thrown) {
    onChange(user);
    const what = DONE[relation][on ? "on" : "off"];
    const words = `Could not ${what} @${user.handle}. ${inWords(asFailure(thrown))}`;
    toast({ text: words, problem: true, about });
  }
}
