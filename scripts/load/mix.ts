/** What a crowd does: operations and how often each happens. */
import type { Random } from "../demo/random.ts";
import { CommandError } from "../project.ts";

export const OPERATIONS = ["read", "user", "post", "like", "follow", "impressions"] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Weights of operations; any total. */
export type Mix = Record<Operation, number>;

const NOTHING: Mix = { read: 0, user: 0, post: 0, like: 0, follow: 0, impressions: 0 };

/** The mixes that have names. */
export const PRESETS: Readonly<Record<string, Mix>> = {
  /** A user's day: 12 pages, 30 reports, 6 likes, 1.25 posts; somewhat more profiles and follows. */
  day: { ...NOTHING, read: 12, user: 1, post: 1.25, like: 6, follow: 0.25, impressions: 30 },
  /** DeathStarBench's social network: home timelines, user timelines, posts. */
  deathstar: { ...NOTHING, read: 60, user: 30, post: 10 },
  posts: { ...NOTHING, post: 1 },
  reads: { ...NOTHING, read: 1 },
};

/** Reads the name of a mix, or weights such as `read=60,post=40`. @throws CommandError */
export function readMix(text: string): Mix {
  const preset = PRESETS[text];
  if (preset !== undefined) return preset;
  const mix = { ...NOTHING };
  for (const part of text.split(",")) {
    const [name = "", weight = ""] = part.split("=");
    const operation = OPERATIONS.find((known) => known === name.trim());
    if (operation === undefined || !(Number(weight) >= 0) || weight.trim() === "") {
      throw new CommandError(
        `--mix is one of ${Object.keys(PRESETS).join(", ")}, or weights such as read=60,post=40 of ` +
          `${OPERATIONS.join(", ")}. It was: ${text}`,
      );
    }
    mix[operation] = Number(weight);
  }
  if (totalOf(mix) === 0) throw new CommandError("--mix has no operation with a weight.");
  return mix;
}

/** A random operation of a mix. */
export function draw(mix: Mix, random: Random): Operation {
  let left = random.next() * totalOf(mix);
  for (const operation of OPERATIONS) {
    left -= mix[operation];
    if (left < 0) return operation;
  }
  return "read";
}

function totalOf(mix: Mix): number {
  return OPERATIONS.reduce((sum, operation) => sum + mix[operation], 0);
}
