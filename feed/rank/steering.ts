/**
 * How a viewer steers their ranked order: three sliders re-weigh groups of the model's features, and
 * tastes ("more like this") raise or lower people. It is one small document of the account.
 */
import { z } from "zod";
import { ID_PATTERN, type PostId, type UserId } from "../ids.ts";
import { SLIDER_MAX, TASTES_MAX } from "../limits-ranking.ts";
import { FEATURE_COUNT, FEATURES, type Group } from "./features.ts";
import type { Model } from "./model.ts";

const idSchema = z.string().regex(ID_PATTERN, "not an id");
const sliderSchema = z.number().min(0).max(SLIDER_MAX);

export const slidersSchema = z.strictObject({
  fresh: sliderSchema,
  close: sliderSchema,
  popular: sliderSchema,
});
/** How much the viewer wants of each, from 0 (none) over 1 (usual) to 2. */
export type Sliders = z.infer<typeof slidersSchema>;

/** The sliders, in the order in which pages show them. */
export const SLIDERS = ["fresh", "close", "popular"] as const satisfies (keyof Sliders)[];

/** The group of features that each slider re-weighs. */
export const SLIDER_GROUPS: Record<keyof Sliders, Group> = {
  fresh: "recency",
  close: "author",
  popular: "popularity",
};

/** The order as the model makes it. */
export const USUAL_SLIDERS: Sliders = { fresh: 1, close: 1, popular: 1 };

const tasteSchema = z.strictObject({
  post: idSchema,
  /** The post's author, whom the taste is about. */
  author: idSchema,
  taste: z.enum(["more", "less"]),
});
/** The viewer wants more, or less, like a post. */
export type Taste = z.infer<typeof tasteSchema>;

/** The document, as stores and timelines keep it. */
export const steeringSchema = z.strictObject({
  /** Grows with every change; about the millisecond of the last one since 1970. */
  version: z.int().min(0),
  sliders: slidersSchema,
  /** At most `TASTES_MAX`, one for each post, the newest last. */
  tastes: z.array(tasteSchema).max(TASTES_MAX),
});
export type Steering = z.infer<typeof steeringSchema>;

/** What holds for a viewer who has never steered. */
export const NO_STEERING: Steering = { version: 0, sliders: USUAL_SLIDERS, tastes: [] };

/** A change of the document: new sliders, a taste (null takes it back), or back to the usual. */
export type SteeringChange =
  | { kind: "sliders"; sliders: Sliders }
  | { kind: "taste"; post: PostId; author: UserId; taste: Taste["taste"] | null }
  | { kind: "reset" };

/** The document after a change. The oldest taste goes when there are too many. */
export function steered(before: Steering, change: SteeringChange, nowMs: number): Steering {
  const version = Math.max(before.version + 1, nowMs);
  if (change.kind === "reset") return { ...NO_STEERING, version };
  if (change.kind === "sliders") return { ...before, version, sliders: change.sliders };
  const { post, author, taste } = change;
  const others = before.tastes.filter((one) => one.post !== post);
  const tastes = taste === null ? others : [...others, { post, author, taste }];
  return { ...before, version, tastes: tastes.slice(-TASTES_MAX) };
}

/** How far the tastes about one person reach: two of a kind say all. */
const TASTE_MAX_STEPS = 2;
/** The factor of one taste. */
const TASTE_FACTOR = 2;

/** The factor of each person about whom the viewer has a taste: 4, 2, ½ or ¼; 1 is left out. */
export function tasteFactors(tastes: readonly Taste[]): Map<UserId, number> {
  const steps = new Map<UserId, number>();
  for (const { author, taste } of tastes) {
    steps.set(author, (steps.get(author) ?? 0) + (taste === "more" ? 1 : -1));
  }
  const factors = new Map<UserId, number>();
  for (const [author, sum] of steps) {
    if (sum === 0) continue;
    const step = Math.max(-TASTE_MAX_STEPS, Math.min(TASTE_MAX_STEPS, sum));
    factors.set(author, TASTE_FACTOR ** step);
  }
  return factors;
}

/** The taste about one of some people that is farthest from 1; of two as far, the lower one. */
export function strongestTaste(
  factors: ReadonlyMap<UserId, number>,
  people: readonly UserId[],
): { user: UserId; factor: number } | null {
  let found: { user: UserId; factor: number } | null = null;
  for (const user of people) {
    const factor = factors.get(user);
    if (factor === undefined) continue;
    const [far, before] = [Math.abs(Math.log(factor)), Math.abs(Math.log(found?.factor ?? 1))];
    if (far > before || (far === before && factor < 1)) found = { user, factor };
  }
  return found;
}

/**
 * Re-weighs groups of features: how far a value is from the mean in training is multiplied by the group's
 * slider. At 0 the model knows nothing of the group, at 1 the row is as it was. Every value stays in its
 * feature's range, and explanations of such rows add up as usual.
 */
export function reweigh(model: Pick<Model, "mean">, rows: Float32Array, sliders: Sliders): void {
  for (const name of SLIDERS) {
    const weight = sliders[name];
    if (weight === 1) continue;
    FEATURES.forEach(({ group, range: [low, high] }, f) => {
      if (group !== SLIDER_GROUPS[name]) return;
      const mean = model.mean[f] ?? 0;
      for (let at = f; at < rows.length; at += FEATURE_COUNT) {
        const value = mean + weight * ((rows[at] ?? 0) - mean);
        rows[at] = Math.min(high, Math.max(low, value));
      }
    });
  }
}
