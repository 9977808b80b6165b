/**
 * The tastes of a simulated viewer. No model sees them: it can only infer them from the viewer's
 * actions. They determine the true probability of each action, and so the true worth of an item.
 */
import type { SeenBefore } from "../../../feed/rank/facts.ts";
import { type Head, HEADS, PUBLISHED_WEIGHTS } from "../../../feed/rank/heads.ts";
import type { Random } from "../../demo/random.ts";
import { normal, randomOf, shuffled, sigmoid } from "./draws.ts";
import { type SimulatedAuthor, type SimulatedEntry, talkOf, TOPICS, type World } from "./world.ts";

export interface Tastes {
  number: number;
  follows: readonly SimulatedAuthor[];
  /** By topic; 0 is indifferent. */
  topics: readonly number[];
  /** By author's number, for the few authors that the viewer knows; the others are 0. */
  closeness: ReadonlyMap<number, number>;
  reply: number;
  repost: number;
  link: number;
  /** The liking of long posts. */
  length: number;
  /** Hours after which a post has lost a fixed part of its value. */
  patienceH: number;
  /** How readily each action is taken. */
  readiness: Readonly<Record<Head, number>>;
}

/** Draws a viewer. Every seventh follows just ten authors. */
export function drawTastes(random: Random, world: World, number: number): Tastes {
  const topics = Array.from({ length: TOPICS }, () => normal(random));
  const count = random.chance(1 / 7) ? 10 : 25 + random.below(70);
  const follows = world.authors
    // People follow authors whom they like, authors with many followers, and some at random.
    .map((author) => ({
      author,
      draw: (topics[author.topics[0]] ?? 0) + 0.25 * Math.log(author.followers) + normal(random),
    }))
    .sort((a, b) => b.draw - a.draw)
    .slice(0, count)
    .map(({ author }) => author);
  const friends = shuffled(random, follows).slice(0, Math.ceil(follows.length / 8));
  return {
    number,
    follows,
    topics,
    closeness: new Map(friends.map(({ number: n }) => [n, 1 + random.next()])),
    reply: 0.6 * normal(random),
    repost: 0.6 * normal(random),
    link: 0.6 * normal(random),
    length: 0.5 * normal(random),
    patienceH: 4 + 30 * random.next(),
    readiness: {
      like: 0.5 * normal(random),
      repost: 0.5 * normal(random),
      reply: 0.5 * normal(random),
      open: 0.4 * normal(random),
      dwell: 0.4 * normal(random),
      hide: 0.4 * normal(random),
    },
  };
}

/** Whether a reply answers the viewer, as those of friends do. */
export function answersViewer(world: World, tastes: Tastes, { by, post }: SimulatedEntry): boolean {
  if (by !== null || !post.reply || !tastes.closeness.has(post.author.number)) return false;
  return randomOf(world.seed, 2, tastes.number, post.number).chance(0.25);
}

/** The logit of each action for an indifferent item, and how much liking changes it. */
const ACTIONS: Readonly<Record<Head, readonly [number, number]>> = {
  like: [-3.3, 1.1],
  repost: [-5.2, 1],
  reply: [-5.4, 1],
  open: [-2.8, 0.9],
  dwell: [-1.5, 0.8],
  hide: [-8.5, -1.2],
};

export interface Moment {
  nowMs: number;
  seen: SeenBefore | null;
  /** Earlier views of the post by the viewer. */
  liked: boolean;
  reposted: boolean;
  toViewer: boolean;
}

/** The true probability of each action, if the viewer looks at the item. */
export function chancesOf(
  world: World,
  tastes: Tastes,
  entry: SimulatedEntry,
  moment: Moment,
): Record<Head, number> {
  const pleasure = pleasureOf(world, tastes, entry, moment);
  const chance = (head: Head, more = 0) => {
    const [usual, slope] = ACTIONS[head];
    return sigmoid(usual + slope * pleasure + tastes.readiness[head] + more);
  };
  return {
    like: moment.liked ? 0 : chance("like"),
    repost: moment.reposted ? 0 : chance("repost"),
    reply: chance("reply", moment.toViewer ? 2 : 0),
    open: chance("open", entry.post.link ? 0.4 : 0),
    dwell: chance("dwell", entry.post.chars / 140 - 1),
    hide: chance("hide"),
  };
}

/** The true worth of an item to the viewer: at least 0, which is the worth of not showing it. */
export function worthOf(chances: Readonly<Record<Head, number>>): number {
  const worth = HEADS.reduce((sum, head) => sum + chances[head] * PUBLISHED_WEIGHTS[head], 0);
  return Math.max(0, worth);
}

function pleasureOf(world: World, tastes: Tastes, entry: SimulatedEntry, moment: Moment): number {
  const { post, by, atMs } = entry;
  const ageH = Math.max(0, moment.nowMs - atMs) / 3_600_000;
  const closeness = tastes.closeness.get(post.author.number) ?? 0;
  const reposter = by === null ? 0 : (tastes.closeness.get(by.number) ?? 0);
  const kind = by !== null ? tastes.repost : post.reply ? tastes.reply - 0.3 : 0;
  return (
    0.7 * (tastes.topics[post.topic] ?? 0) +
    closeness +
    0.5 * reposter +
    0.6 * post.quality +
    kind +
    (post.link ? tastes.link : 0) +
    tastes.length * (post.chars / 140 - 1) +
    (moment.toViewer ? 1 : 0) +
    1.5 * talkOf(post, moment.nowMs) -
    0.8 * Math.log2(1 + ageH / tastes.patienceH) -
    // A post that the viewer has seen is worth less.
    1.5 * Math.min(2, moment.seen?.times ?? 0) +
    // Random noise that no model can predict.
    0.4 * normal(randomOf(world.seed, 3, tastes.number, post.number))
  );
}
