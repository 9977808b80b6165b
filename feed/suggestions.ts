/** Whom to suggest: accounts that several of those one follows follow. */
import type { UserId } from "./ids.ts";

/** Draws up to `count` of some items. @param random gives numbers from 0 to below 1 */
export function sampleOf<T>(items: readonly T[], count: number, random: () => number): T[] {
  const left = [...items];
  const drawn: T[] = [];
  while (drawn.length < count && left.length > 0) {
    drawn.push(...left.splice(Math.floor(random() * left.length), 1));
  }
  return drawn;
}

/**
 * The accounts in some lists of followees, those in the most lists first. @param without accounts that are left out
 */
export function byFollowers(
  lists: readonly (readonly UserId[])[],
  without: ReadonlySet<UserId>,
): UserId[] {
  const counts = new Map<UserId, number>();
  for (const list of lists) {
    for (const user of new Set(list)) {
      if (!without.has(user)) counts.set(user, (counts.get(user) ?? 0) + 1);
    }
  }
  return [...counts.entries()].sort(([, a], [, b]) => b - a).map(([user]) => user);
}
