/** The reasons for a ranked post's place, in words. */
import type { Why } from "../../../client/src/wire.ts";

/** A reason that moved a post up or down. */
export interface Contribution {
  /** In words. */
  readonly what: string;
  readonly value: number;
}

/** Why a post is where it is, as the page says it. */
export interface WordedWhy {
  /** Sentences, the most telling first. */
  readonly sentences: readonly string[];
  readonly score: number;
  /** Sorted by size, whether up or down. */
  readonly contributions: readonly Contribution[];
  /** What changes the score, and its factor. */
  readonly adjustments: readonly Contribution[];
}

type Reason = Why["reasons"][number];

/** The sentence of each kind; `name` is the author's, or that of who has reposted. */
const SENTENCES: Record<Reason["kind"], (name: string) => string> = {
  own: () => "Your own post",
  answersYou: () => "Answers you",
  askedMore: (name) => `You asked for more of ${name}`,
  askedLess: (name) => `You asked for less of ${name}`,
  oftenLiked: (name) => `You often like ${name}`,
  oftenAnswered: (name) => `You often answer ${name}`,
  oftenReposted: (name) => `You often repost ${name}`,
  oftenRead: (name) => `You often open posts of ${name}`,
  repostedBy: (name) => `${name} reposted it`,
  new: () => "New",
  answersFollowed: () => "Answers somebody you follow",
  rising: () => "Many react to it right now",
  popular: () => "Many have reacted to it",
  answeredBefore: () => "Lower, because you have answered it",
  likedBefore: () => "Lower, because you have liked it",
  repostedBefore: () => "Lower, because you have reposted it",
  readBefore: () => "Lower, because you have read it",
  seenBefore: () => "Lower, because you have seen it",
  followed: (name) => `You follow ${name}`,
};

/** The names of the feature groups of Skein's own model, for readers. */
const GROUPS: Readonly<Record<string, string>> = {
  recency: "how new it is",
  author: "how you take to its author",
  content: "what kind of post it is",
  popularity: "how others take to it",
  reach: "how many see it",
  seen: "whether you have seen it",
  text: "how it is written",
  viewer: "how you read",
};

const ADJUSTMENTS: Readonly<Record<string, string>> = {
  wrote: "you wrote it",
  answered: "you answered it",
  liked: "you liked it",
  reposted: "you reposted it",
  read: "you read it",
  more: "you asked for more",
  less: "you asked for less",
};

/** "reply_rate" and "replyRate" are "reply rate", unless there are better words. */
function inPlainWords(name: string): string {
  const words = GROUPS[name] ?? ADJUSTMENTS[name];
  if (words !== undefined) return words;
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .replaceAll(/[_.-]+/g, " ")
    .trim()
    .toLowerCase();
}

/** An explanation in words. A kind of reason that this page does not know is left out. */
export function wordedWhy({ score, contributions, reasons, adjustments }: Why): WordedWhy {
  const sentences = reasons.flatMap(({ kind, by }) => {
    const sentence = Object.hasOwn(SENTENCES, kind) ? SENTENCES[kind] : null;
    return sentence === null ? [] : [sentence(by?.name ?? "them")];
  });
  return {
    sentences,
    score,
    contributions: contributions
      .map(({ group, contribution }) => ({ what: inPlainWords(group), value: contribution }))
      .sort((a, b) => Math.abs(b.value) - Math.abs(a.value)),
    adjustments: adjustments
      .filter(({ factor }) => factor !== 1)
      .map(({ kind, factor }) => ({ what: inPlainWords(kind), value: factor })),
  };
}
