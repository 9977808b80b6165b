/** A simulated world: authors with topics and audiences, and two weeks of their posts. */
import { type Id, makeId, type PostId, type UserId } from "../../../feed/ids.ts";
import { BUCKETS, POST_TEXT_MAX_CHARS } from "../../../feed/limits.ts";
import { type Counts, reactionsIn } from "../../../feed/timeline/entry.ts";
import { leftOf, type Velocity } from "../../../feed/counts/velocity.ts";
import type { Random } from "../../demo/random.ts";
import { exponential, normal, randomOf } from "./draws.ts";

const AUTHORS = 300;
export const TOPICS = 10;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How long the world lasts, after a first week that fills the timelines. */
export const BEGIN_MS: number = Date.UTC(2026, 0, 5);
const LEAD_MS = 7 * DAY_MS;
export const LENGTH_MS: number = 14 * DAY_MS;

export interface SimulatedAuthor {
  id: UserId;
  number: number;
  followers: number;
  /** The author writes mostly about the first. */
  topics: readonly [number, number];
  focus: number;
  /** How good the posts are on average; 0 is usual. */
  talent: number;
  /** The posts, newest last. */
  entries: SimulatedEntry[];
}

export interface SimulatedPost {
  id: PostId;
  number: number;
  author: SimulatedAuthor;
  writtenMs: number;
  topic: number;
  /** Quality for anyone; 0 is usual. */
  quality: number;
  reply: boolean;
  chars: number;
  link: boolean;
  /** Final likes as a share of the author's followers, without a revival. */
  share: number;
  /** When the post is revived, if ever, and the share of likes that this adds. */
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

/** The time in which half of the likes of a post, or of its revival, come. */
const GROWN_MS = 5 * HOUR_MS;
const REVIVED_MS = 2 * HOUR_MS;
/** Reposts and replies per like. */
const REPOSTS = 0.15;
const REPLIES = 0.12;

/** A post's counts at a time: they grow fast at first, and never shrink. */
export function countsAt(post: SimulatedPost, nowMs: number): Counts {
  const likes = likesAt(post, nowMs);
  return {
    likes: Math.floor(likes),
    reposts: Math.floor(likes * REPOSTS),
    replies: Math.floor(likes * REPLIES),
  };
}

/** The steps back in time over which a velocity sums up; older reactions have faded. */
const STEPS_MS = [0, 5, 10, 20, 40, 80, 160, 320, 640].map((minutes) => (minutes * HOUR_MS) / 60);

/** A post's velocity at a time: its counter's sum, with the reactions in the middle of each step. */
export function velocityAt(post: SimulatedPost, nowMs: number): Velocity {
  let sum = 0;
  let now = reactionsIn(countsAt(post, nowMs));
  for (const [n, agoMs] of STEPS_MS.entries()) {
    const beforeMs = STEPS_MS[n + 1];
    if (now === 0 || beforeMs === undefined) break;
    const before = reactionsIn(countsAt(post, nowMs - beforeMs));
    sum += (now - before) * leftOf(nowMs - (agoMs + beforeMs) / 2, nowMs);
    now = before;
  }
  return { sum, atMs: nowMs };
}

/** The strength of a post's revival: 1 at its start, then falling. */
export function talkOf({ revival }: SimulatedPost, nowMs: number): number {
  if (revival === null || nowMs < revival.atMs) return 0;
  return 2 ** (-(nowMs - revival.atMs) / (2 * REVIVED_MS));
}

function likesAt({ author, share, writtenMs, revival }: SimulatedPost, nowMs: number): number {
  const first = share * grown(nowMs - writtenMs, GROWN_MS);
  const again = revival === null ? 0 : revival.share * grown(nowMs - revival.atMs, REVIVED_MS);
  return author.followers * (first + again);
}

/** The share that has come after a time, if half of it comes within `halfMs`. */
function grown(sinceMs: number, halfMs: number): number {
  return sinceMs <= 0 ? 0 : 1 - 2 ** (-sinceMs / halfMs);
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

/** The times of an author's posts: a few times a day, for some authors far more often. */
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
  // Better posts get more likes, with noise: counts are an imperfect sign of quality.
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
    revival: random.chance(0.5)
      ? {
          atMs: atMs + (1 + 47 * random.next()) * HOUR_MS,
          share: share * (0.5 + 2 * random.next()),
        }
      : null,
  };
}

/** A post of another author from the last hours, preferably a good one. */
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
