/**
 * Weeks of history: posts and threads in the rhythm of days, with likes and reposts that few posts have many
 * of and most have few of. Pure and seeded.
 */
import type { ImportLine } from "../../client/src/skein-client.ts";
import { chatter } from "./chatter.ts";
import { type Random, randomFrom } from "./random.ts";
import { delayMs, timesBetween } from "./rhythm.ts";
import { handleOf, type World } from "./world.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const HISTORY_SEED = 7;
/** Posts of history, and at most so many for each person; and how far back they go. */
const HISTORY_POSTS = 2_000;
const POSTS_EACH = 20;
const HISTORY_DAYS = 21;
/** The end of the history: an import takes nothing younger than a minute. */
const ENDS_BEFORE_MS = 2 * MINUTE_MS;
/** Half of the replies come within this time after the post that they answer. */
const REPLY_MEDIAN_MS = 25 * MINUTE_MS;
const REPOST_MEDIAN_MS = 90 * MINUTE_MS;
/** The share of an author's readers that likes a post of the usual appeal, and the most that like any. */
const LIKE_SHARE = 0.02;
const LIKES_MAX = 60;
/** How far appeals differ: the standard deviation of their logarithm. */
const APPEAL_SPREAD = 1.1;
/** Reposts for each like. */
const REPOSTS_PER_LIKE = 0.07;

/** A post of history. */
export interface PastPost {
  author: number;
  text: string;
  /** The number of the post that it answers; null for none. */
  replyTo: number | null;
  atMs: number;
}

export interface PastRepost {
  account: number;
  /** The number of the post. */
  post: number;
  atMs: number;
}

/** What happened before the demo began; posts are numbered from 0, oldest first. */
export interface History {
  posts: readonly PastPost[];
  likes: readonly { account: number; post: number }[];
  reposts: readonly PastRepost[];
}

/** The history of a world; the same world and time make the same one. */
export function makeHistory(world: World, nowMs: number): History {
  const random = randomFrom(HISTORY_SEED);
  const untilMs = nowMs - ENDS_BEFORE_MS;
  const times = timesBetween(
    Math.min(HISTORY_POSTS, world.people.length * POSTS_EACH),
    { fromMs: nowMs - HISTORY_DAYS * DAY_MS, untilMs },
    random,
  );
  const posts: PastPost[] = [];
  const lines = chatter(world, random);
  for (const time of times) {
    const line = lines.next().value;
    const parent = line.replyTo === null ? undefined : posts[line.replyTo];
    // A reply comes soon after its parent, though chatter answers posts of a whole day.
    const replyMs = (parent?.atMs ?? 0) + MINUTE_MS + delayMs(REPLY_MEDIAN_MS, random);
    const atMs = parent === undefined ? time : Math.min(replyMs, Math.max(time, parent.atMs + 1));
    posts.push({ ...line, atMs: Math.floor(Math.min(atMs, untilMs)) });
  }
  return { posts, ...reactionsTo(posts, world, { untilMs, random, reposts: true }) };
}

/**
 * Likes and reposts of posts by those who follow the authors. The demo's own people react to nothing.
 * @param reposts whether there are reposts; a trace has its own
 */
export function reactionsTo(
  posts: readonly PastPost[],
  world: World,
  { untilMs, random, reposts }: { untilMs: number; random: Random; reposts: boolean },
): Pick<History, "likes" | "reposts"> {
  const readersOf = readersByAuthor(world);
  const likes: { account: number; post: number }[] = [];
  const made: PastRepost[] = [];
  const isSeenByDemo = new Set(world.demo.flatMap((one) => world.following.get(one) ?? []));
  for (const [post, { author, atMs }] of posts.entries()) {
    const left = [...(readersOf.get(author) ?? [])];
    const appeal = Math.exp(APPEAL_SPREAD * normal(random));
    const wanted = Math.min(LIKES_MAX, left.length, Math.round(left.length * LIKE_SHARE * appeal));
    for (let n = 0; n < wanted; n++) {
      const [account] = left.splice(random.below(left.length), 1);
      if (account === undefined) break;
      likes.push({ account, post });
      const isShown = isSeenByDemo.has(account) ? 2 : 1;
      if (!reposts || !random.chance(REPOSTS_PER_LIKE * isShown)) continue;
      const repostedMs = atMs + MINUTE_MS + delayMs(REPOST_MEDIAN_MS, random);
      if (repostedMs < untilMs) made.push({ account, post, atMs: Math.floor(repostedMs) });
    }
  }
  return { likes, reposts: made };
}

/** The followers of each account, without the demo's own people. */
function readersByAuthor({ following, demo }: World): Map<number, number[]> {
  const readers = new Map<number, number[]>();
  for (const [reader, followees] of following) {
    if (demo.includes(reader)) continue;
    for (const followee of followees) {
      const known = readers.get(followee);
      if (known === undefined) readers.set(followee, [reader]);
      else known.push(reader);
    }
  }
  return readers;
}

/** A number of the standard normal distribution, by the method of Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** The lines of an import that write a history: posts first, because the others name them. */
export function linesOfHistory(world: World, { posts, likes, reposts }: History): ImportLine[] {
  const key = (post: number) => `demo-${post}`;
  const handle = (account: number) => handleOf(world, account);
  const at = (ms: number) => new Date(ms).toISOString();
  const reactions = [
    ...likes.map(({ account, post }) => ({
      post,
      line: { like: [handle(account), key(post)] } satisfies ImportLine,
    })),
    ...reposts.map(({ account, post, atMs }) => ({
      post,
      line: { repost: [handle(account), key(post), at(atMs)] } satisfies ImportLine,
    })),
  ];
  return [
    ...posts.map(({ author, text, replyTo, atMs }, post) => ({
      post: {
        key: key(post),
        author: handle(author),
        text,
        at: at(atMs),
        ...(replyTo === null ? {} : { replyTo: key(replyTo) }),
      },
    })),
    // Those of one post come together, because the import calls a post's counter once for a chunk of lines.
    ...reactions.toSorted((a, b) => a.post - b.post).map(({ line }) => line),
  ];
}
