/**
 * The reader's likes and reposts, shown at once. A pending reaction overrides the post until the server
 * has answered, so that counts that arrive meanwhile do not count it twice.
 */
import type { Post } from "../../../client/src/wire.ts";
import { type Reaction, setReaction } from "../net/api.ts";
import { announce } from "./changes.ts";
import { asFailure, inWords } from "../net/failure.ts";
import { failedWithoutLine, lineBack } from "../net/line.ts";
import { session } from "./session.ts";
import { createStore, useSelected } from "./store.ts";
import { settled, toast } from "./messages.ts";

/** A pending reaction: its wanted state, and the count that the reader sees. */
interface Asked {
  readonly on: boolean;
  readonly count: number;
}

/** Pending reactions, by kind and post. */
const asked = createStore<ReadonlyMap<string, Asked>>(new Map());

const FLAGS = { like: "liked", repost: "reposted" } as const;
const COUNTS = { like: "likes", repost: "reposts" } as const;
const WORDS = {
  like: { on: "Your like was not taken.", off: "Your like is still there." },
  repost: { on: "Your repost was not taken.", off: "Your repost is still there." },
} as const;

/** Forgets pending reactions, because they are another reader's. */
export function forgetReactions(): void {
  asked.set(new Map());
}

function keyOf(postId: string, reaction: Reaction): string {
  return `${reaction} ${postId}`;
}

function setAsked(key: string, now: Asked | null): void {
  const next = new Map(asked.get());
  if (now === null) next.delete(key);
  else next.set(key, now);
  asked.set(next);
}

/** Whether the reader reacts to a post, and how many do, pending reactions included. */
function shown(post: Post, reaction: Reaction, over: Asked | undefined): Asked {
  const on = over?.on ?? post.viewer?.[FLAGS[reaction]] ?? false;
  return { on, count: over?.count ?? post.counts[COUNTS[reaction]] };
}

/** The same, for a component that shows it. */
export function useReaction(post: Post, reaction: Reaction): Asked {
  const over = useSelected(asked, (map) => map.get(keyOf(post.id, reaction)));
  return shown(post, reaction, over);
}

/** Begins or ends a reaction. If the API refuses it, the post is as before, with a message. */
export async function toggleReaction(post: Post, reaction: Reaction): Promise<void> {
  const key = keyOf(post.id, reaction);
  const under = asked.get().get(key);
  const { on, count } = shown(post, reaction, under);
  setAsked(key, { on: !on, count: Math.max(0, count + (on ? -1 : 1)) });
  // One call at a time: the call under way compares its result with the wanted state afterwards.
  if (under === undefined) await bringAbout(post.id, reaction);
}

async function bringAbout(postId: string, reaction: Reaction): Promise<void> {
  const key = keyOf(postId, reaction);
  const who = session.get()?.user.id;
  for (;;) {
    const wanted = asked.get().get(key)?.on ?? false;
    try {
      const counts = await setReaction(postId, reaction, wanted);
      if (session.get()?.user.id !== who) return;
      if (asked.get().get(key)?.on !== wanted) continue;
      announce({ type: "reacted", postId, viewer: { [FLAGS[reaction]]: wanted }, counts });
      setAsked(key, null);
      settled(key);
    } catch (thrown) {
      const failure = asFailure(thrown);
      if (session.get()?.user.id !== who) return;
      if (failedWithoutLine(failure)) {
        await lineBack();
        if (session.get()?.user.id === who) continue;
        return;
      }
      setAsked(key, null);
      const what = WORDS[reaction][wanted ? "on" : "off"];
      toast({ text: `${what} ${inWords(failure)}`, problem: true, about: key });
    }
    return;
  }
}
