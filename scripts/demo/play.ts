/**
 * A trace as a play: real activity of real people, with made-up texts. Its first part is the history of the
 * world, and the rest happens while the demo runs. Pure and seeded.
 */
import type { Activity } from "../load/sources.ts";
import { anyReply, chatter, type Line } from "./chatter.ts";
import { type History, type PastPost, type PastRepost, reactionsTo } from "./history.ts";
import { randomFrom } from "./random.ts";
import { handleOf, type World } from "./world.ts";

const PLAY_SEED = 11;
/** Activities that are played: the newest ones. */
const ACTIVITIES_MAX = 5_000;
/** The share of them that is history. */
const HISTORY_SHARE = 0.8;
/** The end of the history: an import takes nothing younger than a minute. */
const ENDS_BEFORE_MS = 120_000;

/** What somebody does while the demo runs. */
export type Act =
  | ({ kind: "post" } & Line)
  /** @param post the number of the line */
  | { kind: "repost"; account: number; post: number };

/** An act, and the time since the one before it. */
export type TimedAct = Act & { afterMs: number };

/** A history, and the acts that follow it; both number their posts together, from 0. */
export interface Play {
  history: History;
  acts: readonly TimedAct[];
}

/**
 * Makes a play of activities, which are in order of time. Replies and reposts are of the target's newest
 * post, which is made up if there is none. The demo's own people do nothing.
 */
export function playOf(world: World, activities: readonly Activity[], nowMs: number): Play {
  const played = activities
    .filter(({ actor }) => !world.demo.includes(actor))
    .slice(-ACTIVITIES_MAX);
  const split = Math.floor(played.length * HISTORY_SHARE);
  const shiftMs = nowMs - ENDS_BEFORE_MS - (played[split - 1]?.atS ?? 0) * 1_000;
  const script = new Script(world);
  for (const activity of played.slice(0, split)) {
    script.add(activity, activity.atS * 1_000 + shiftMs);
  }
  const { posts, reposts } = script;
  const [pastPosts, pastReposts] = [posts.length, reposts.length];
  const random = randomFrom(PLAY_SEED);
  const untilMs = nowMs - ENDS_BEFORE_MS;
  const { likes } = reactionsTo(posts, world, { untilMs, random, reposts: false });
  for (const activity of played.slice(split)) {
    script.add(activity, activity.atS * 1_000 + shiftMs);
  }
  return {
    history: { posts: posts.slice(0, pastPosts), likes, reposts: reposts.slice(0, pastReposts) },
    acts: timed(posts.slice(pastPosts), reposts.slice(pastReposts), untilMs),
  };
}

/** Writes the posts and reposts that activities are. */
class Script {
  readonly posts: PastPost[] = [];
  readonly reposts: PastRepost[] = [];
  readonly #world: World;
  readonly #random = randomFrom(PLAY_SEED);
  readonly #texts: Generator<Line, never>;
  readonly #newest = new Map<number, number>();

  constructor(world: World) {
    this.#world = world;
    this.#texts = chatter(world, this.#random);
  }

  add({ actor, target, kind }: Activity, atMs: number): void {
    if (kind === "MT") {
      const name = target === actor ? "" : `@${handleOf(this.#world, target)} `;
      this.#post(actor, name + this.#text(), null, atMs);
      return;
    }
    const post = this.#newest.get(target) ?? this.#madeUp(target, atMs);
    if (post === null) return;
    if (kind === "RT") this.reposts.push({ account: actor, post, atMs });
    else this.#post(actor, anyReply(this.#random), post, atMs);
  }

  /** A post for somebody who is answered or reposted before their first post; the demo's people write none. */
  #madeUp(author: number, atMs: number): number | null {
    if (this.#world.demo.includes(author)) return null;
    return this.#post(author, this.#text(), null, atMs - 1);
  }

  #post(author: number, text: string, replyTo: number | null, atMs: number): number {
    const number = this.posts.push({ author, text, replyTo, atMs }) - 1;
    this.#newest.set(author, number);
    return number;
  }

  /** The text of a post that is no reply. */
  #text(): string {
    for (;;) {
      const line = this.#texts.next().value;
      if (line.replyTo === null) return line.text;
    }
  }
}

function timed(
  posts: readonly PastPost[],
  reposts: readonly PastRepost[],
  fromMs: number,
): TimedAct[] {
  const acts = [
    ...posts.map((post) => ({ ...post, kind: "post" as const })),
    ...reposts.map((repost) => ({ ...repost, kind: "repost" as const })),
  ].toSorted((a, b) => a.atMs - b.atMs);
  return acts.map(({ atMs, ...act }, n) => ({
    ...act,
    afterMs: Math.max(0, atMs - (acts[n - 1]?.atMs ?? fromMs)),
  }));
}
