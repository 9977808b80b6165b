/** The reasons for a ranked post's place, in words. */

/** A reason that moved a post up or down. */
export interface Contribution {
  /** In words. */
  readonly what: string;
  readonly value: number;
}

export interface Why {
  readonly score: number;
  /** Sorted by size, whether up or down. */
  readonly contributions: readonly Contribution[];
}

function field(from: object, names: readonly string[]): unknown {
  for (const name of names) {
    const found: unknown = Reflect.get(from, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The names of the feature groups of Skein's own model, for readers. */
const WORDS: Readonly<Record<string, string>> = {
  recency: "how new it is",
  author: "how you take to its author",
  content: "what kind of post it is",
  popularity: "how others take to it",
  reach: "how many see it",
  seen: "whether you have seen it",
  text: "how it is written",
  viewer: "how you read",
};

/** "reply_rate" and "replyRate" are "reply rate", unless there are better words. */
function inPlainWords(name: string): string {
  const words = WORDS[name];
  if (words !== undefined) return words;
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .replaceAll(/[_.-]+/g, " ")
    .trim()
    .toLowerCase();
}

function contributionOf(part: unknown): Contribution[] {
  if (typeof part !== "object" || part === null) return [];
  const name = field(part, ["feature", "name", "group", "action"]);
  const value = field(part, ["value", "contribution"]);
  if (typeof name !== "string" || typeof value !== "number") return [];
  return [{ what: inPlainWords(name), value }];
}

/** The reasons that `why` holds; null if it holds none that can be shown. */
export function readWhy(why: unknown): Why | null {
  if (typeof why !== "object" || why === null) return null;
  const score = field(why, ["score"]);
  if (typeof score !== "number") return null;
  const parts = field(why, ["contributions", "groups", "actions"]);
  const contributions = Array.isArray(parts) ? parts.flatMap(contributionOf) : [];
  contributions.sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  return { score, contributions };
}
