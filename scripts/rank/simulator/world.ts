/** A made-up place to post in: authors with topics and audiences, and two weeks of what they wrote. */
import { type Id, makeId, type PostId, type UserId } from "../../../feed/ids.ts";
import { BUCKETS, PACE_HALF_LIFE_MS, POST_TEXT_MAX_CHARS } from "../../../feed/limits.ts";
import type { Counts } from "../../../feed/entry.ts";
import type { Pace } from "../../../feed/pace.ts";
import type { Random } from "../../demo/random.ts";
import { exponential, normal, randomOf } from "./draws.ts";

const AUTHORS = 300;
export const TOPICS = 10;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How long it lasts, after a week that only fills the timelines. */
export const BEGIN_MS: number = Date.UTC(2026, 0, 5);
const LEAD_MS = 7 * DAY_MS;
export const LENGTH_MS: number = 14 * DAY_MS;

export interface SimulatedAuthor {
  id: UserId;
  number: number;
  followers: number;
  /** Writes mostly about the first. */
  topics: readonly [number, number];
  focus: number;
  /** How good the posts are on average; 0 is usual. */
  talent: number;
  /** Newest last. */
  entries: SimulatedEntry[];
}

export interface SimulatedPost {
  id: PostId;
  number: number;
  author: SimulatedAuthor;
  writtenMs: number;
  topic: number;
  /** How good it is, to anyone; 0 is usual. */
  quality: number;
  reply: boolean;
  chars: number;
  link: boolean;
  /** Reactions it will have got in the end, as a share of the author's followers. */
  share: number;
  /** When everybody takes to it once more, if ever, and what share that brings besides. */
  revival: { atMs: number; share: number } | null;
}

export interface SimulatedEntry {
  id: Id;
  atMs: number;
  by: SimulatedAuthor | null;
  post: SimulatedPost;
}

export interface World {
  seed: number;
  authors: readonly SimulatedAuthor[];
}

/** Makes the world of a seed. */
export function makeWorld(seed: number): World {
  const random = randomOf(seed, 1);
  const authors = Array.from({ length: AUTHORS }, (_, n) => makeAuthor(random, n));
  const times = authors
    .flatMap((author) => postingTimes(random).map((atMs) => ({ author, atMs })))
    .sort((a, b) => a.atMs - b.atMs);
  const recent: SimulatedPost[] = [];
  times.forEach(({ author, atMs }, n) => {
    const id = makeId(Math.floor(atMs), n % BUCKETS, n);
    const reposted = random.chance(0.2) ? toRepost(random, recent, author) : undefined;
    const post = reposted ?? write(random, author, { id, number: n, atMs });
    author.entries.push({ id, atMs, by: reposted === undefined ? null : author, post });
    if (reposted === undefined) recent.push(post);
  });
  return { seed, authors };
}

/** Half of the reactions to a post come within this, and half of those to its revival. */
const GROWN_MS = 5 * HOUR_MS;
const REVIVED_MS = 2 * HOUR_MS;
/** Reposts and replies, for each like. */
const REPOSTS = 0.15;
const REPLIES = 0.12;

/** A post's counts at a time: they grow fast at first, and never shrink. */
export function countsAt(post: SimulatedPost, nowMs: number): Counts {
  const likes = likesOf(post, (sinceMs, halfMs) => 1 - 2 ** (-(nowMs - sinceMs) / halfMs), nowMs);
  return {
    likes: Math.floor(likes),
    reposts: Math.floor(likes * REPOSTS),
    replies: Math.floor(likes * REPLIES),
  };
}

/** A post's pace at a time: what its counter would have summed up. */
export function paceAt(post: SimulatedPost, nowMs: number): Pace {
  // Growth by half every `halfMs`, of which each part fades by half every PACE_HALF_LIFE_MS.
  const left = (sinceMs: number, halfMs: number): number => {
    const fallen = (everyMs: number) => 2 ** (-(nowMs - sinceMs) / everyMs);
    const share = PACE_HALF_LIFE_MS / (halfMs - PACE_HALF_LIFE_MS);
    return share * (fallen(halfMs) - fallen(PACE_HALF_LIFE_MS));
  };
  return { sum: likesOf(post, left, nowMs) * (1 + REPOSTS + REPLIES), atMs: nowMs };
}

/** How much a post is talked about once more: 1 when that begins, less from then on. */
export function talkOf({ revival }: SimulatedPost, nowMs: number): number {
  if (revival === null || nowMs < revival.atMs) return 0;
  return 2 ** (-(nowMs - revival.atMs) / (2 * REVIVED_MS));
}

/** Likes of a post and of its revival, each as much of it as `part` says. */
function likesOf(
  { author, share, writtenMs, revival }: SimulatedPost,
  part: (sinceMs: number, halfMs: number) => number,
  nowMs: number,
): number {
  const first = nowMs < writtenMs ? 0 : share * part(writtenMs, GROWN_MS);
  if (revival === null || nowMs < revival.atMs) return author.followers * first;
  return author.followers * (first + revival.share * part(revival.atMs, REVIVED_MS));
}

function makeAuthor(random: Random, number: number): SimulatedAuthor {
  const topic = random.below(TOPICS);
  return {
    id: makeId(Math.floor(BEGIN_MS - 365 * DAY_MS + number), random.below(BUCKETS), number),
    number,
    // A power law from 10 to a hundred thousand, as in real follow graphs.
    followers: Math.floor(10 * (1 - random.next()) ** -1.4),
    topics: [topic, random.below(TOPICS)],
    focus: 0.6 + 0.35 * random.next(),
    talent: 0.4 * normal(random),
    entries: [],
  };
}

/** When one author posts: a few times a day, some far more often. */
function postingTimes(random: Random): number[] {
  const meanGapMs = DAY_MS / (1.5 * Math.exp(0.9 * normal(random)));
  const times: number[] = [];
  let atMs = BEGIN_MS - LEAD_MS + exponential(random, meanGapMs);
  while (atMs < BEGIN_MS + LENGTH_MS) {
    times.push(atMs);
    atMs += Math.max(60_000, exponential(random, meanGapMs));
  }
  return times;
}

function write(
  random: Random,
  author: SimulatedAuthor,
  { id, number, atMs }: { id: PostId; number: number; atMs: number },
): SimulatedPost {
  const quality = author.talent + 0.8 * normal(random);
  // What is good is liked more, but luck has a say: counts are a noisy sign of quality.
  const share = 0.01 * Math.exp(0.8 * quality + 0.7 * normal(random));
  return {
    id,
    number,
    author,
    writtenMs: Math.floor(atMs),
    topic: random.chance(author.focus) ? author.topics[0] : author.topics[1],
    quality,
    reply: random.chance(0.25),
    chars: 5 + random.below(POST_TEXT_MAX_CHARS - 5),
    link: random.chance(0.2),
    share,
    revival: random.chance(0.15)
      ? {
          atMs: atMs + (2 + 70 * random.next()) * HOUR_MS,
          share: share * (0.5 + 2 * random.next()),
        }
      : null,
  };
}

/** A post of somebody else from the last hours, preferably a good one. */
function toRepost(
  random: Random,
  recent: readonly SimulatedPost[],
  author: SimulatedAuthor,
): SimulatedPost | undefined {
  const choice = Array.from({ length: 4 }, () => recent[recent.length - 1 - random.below(300)])
    .filter((post) => post !== undefined)
    .filter((post) => post.author !== author);
  return choice.sort((a, b) => b.quality - a.quality)[0];
}
