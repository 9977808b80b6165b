/** The posts and replies of a world's people, one after the other. Pure and seeded. */
import type { Random } from "./random.ts";
import { ANY_REPLIES, COMMON, ENDINGS, type Topic, TOPICS } from "./topics.ts";
import type { World } from "./world.ts";

/** How many of the last posts can get a reply. */
const TALK_ABOUT = 80;
/** The share of posts that are for a demo account's timeline. */
const DEMO_SHARE = 0.5;
const REPLY_SHARE = 0.35;
/** The share of replies that go on with a thread, so that some threads grow long. */
const THREAD_SHARE = 0.5;
/** The share of lines that a pulled author writes. */
const STAR_SHARE = 0.1;
/** The share of lines that the reader writes. */
const READER_WRITES_SHARE = 0.05;
/** The most followed of so many candidates writes, because few people write most posts. */
const CANDIDATES = 6;
/** The share of replies that fit any post. */
const ANY_REPLY_SHARE = 0.3;
const ENDING_SHARE = 0.35;
/** A text does not appear twice among the last so many. */
const TEXTS_REMEMBERED = 2_000;
const NEW_TEXT_TRIES = 8;

/** A post to write. */
export interface Line {
  author: number;
  text: string;
  /** The number of the line that it answers, counted from the first line; null for none. */
  replyTo: number | null;
}

interface Said {
  number: number;
  author: number;
  topic: Topic;
  /** Its choice of the topic's words, which its replies share. */
  words: Words;
  /** Whether it answers a line or is answered. */
  inThread: boolean;
}

type Words = ReadonlyMap<string, string>;

/**
 * Writes lines without end: by people with followers, and replies that somebody can see. The demo's own
 * people write none.
 */
export function* chatter(world: World, random: Random): Generator<Line, never> {
  const recent: Said[] = [];
  const texts = new Set<string>();
  for (let number = 0; ; number++) {
    const reader = random.pick(random.chance(DEMO_SHARE) ? world.demo : world.readers);
    const author = drawAuthor(world, random, reader);
    const seen = random.chance(REPLY_SHARE)
      ? recent.filter((line) => line.author !== author && isSeen(world, reader, line.author))
      : [];
    const threads = random.chance(THREAD_SHARE) ? seen.filter(({ inThread }) => inThread) : [];
    const parent = seen.length === 0 ? null : random.pick(threads.length === 0 ? seen : threads);
    const topic = parent?.topic ?? random.pick(TOPICS);
    const { text, words } = composeNew(topic, parent, random, texts);
    yield { author, text, replyTo: parent?.number ?? null };
    if (parent !== null) parent.inThread = true;
    recent.push({ number, author, topic, words, inThread: parent !== null });
    if (recent.length > TALK_ABOUT) recent.shift();
  }
}

function isSeen(world: World, reader: number, author: number): boolean {
  return reader === author || (world.following.get(reader)?.includes(author) ?? false);
}

/** The text of a reply that fits any post. */
export function anyReply(random: Random): string {
  return filled(random.pick(ANY_REPLIES), new Map(), {}, random);
}

/** The reader itself, a pulled author, or a followee of the reader; one with more followers is likelier. */
function drawAuthor(world: World, random: Random, reader: number): number {
  const isPlayable = (account: number) => !world.demo.includes(account);
  if (random.chance(READER_WRITES_SHARE) && isPlayable(reader)) return reader;
  const followees = (world.following.get(reader) ?? []).filter(isPlayable);
  if (followees.length === 0 || random.chance(STAR_SHARE)) return random.pick(world.stars);
  const drawn = Array.from({ length: CANDIDATES }, () => random.pick(followees));
  const followersOf = (account: number) => world.followers[account] ?? 0;
  return drawn.reduce((best, other) => (followersOf(other) > followersOf(best) ? other : best));
}

/** A text that is not among the last ones, if a few tries find one. */
function composeNew(topic: Topic, parent: Said | null, random: Random, texts: Set<string>) {
  for (let tries = 1; ; tries++) {
    const composed = compose(topic, parent, random);
    if (texts.has(composed.text) && tries < NEW_TEXT_TRIES) continue;
    texts.add(composed.text);
    const [oldest] = texts;
    if (texts.size > TEXTS_REMEMBERED && oldest !== undefined) texts.delete(oldest);
    return composed;
  }
}

function compose(topic: Topic, parent: Said | null, random: Random) {
  const templates =
    parent === null ? topic.posts : random.chance(ANY_REPLY_SHARE) ? ANY_REPLIES : topic.replies;
  const ending = parent === null && random.chance(ENDING_SHARE) ? ` ${random.pick(ENDINGS)}` : "";
  const words = new Map(parent?.words);
  const text = filled(random.pick(templates) + ending, words, topic.words, random);
  for (const word of Object.keys(COMMON)) words.delete(word);
  return { text, words };
}

/** A template with its words filled in. @param words choices that are made already; new ones are added */
function filled(
  template: string,
  words: Map<string, string>,
  choices: Topic["words"],
  random: Random,
): string {
  const text = template.replaceAll(/\{(\w+)\}/g, (_, word: string) => {
    const known = words.get(word);
    if (known !== undefined) return known;
    const choice = random.pick((choices[word] ?? COMMON[word] ?? word).split("/"));
    words.set(word, choice);
    return choice;
  });
  // A sentence may begin with a filled-in word.
  return text.replaceAll(/(?:^|[.!?] )\p{Ll}/gu, (start) => start.toUpperCase());
}
