/**
 * What CI fails on: an operation that costs more than its budget, a name whose load grows with the users
 * and is not listed, one that is listed and does not grow, and a figure in docs/scale.md that differs.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { ROOT } from "../project.ts";
import { COUNTED_STORES } from "./calibration.ts";
import { COMFORTABLE } from "./model/steps.ts";
import { share } from "./numbers.ts";
import type { Dollars } from "./model/dollars.ts";
import { readData } from "./inputs.ts";
import type { ScaleResult } from "./result.ts";
import { documentTables } from "./tables.ts";

const budgetSchema = z.record(z.enum(COUNTED_STORES), z.record(z.string(), z.number()));
/** Reasons of what grows whichever the store, and of what grows with one. */
const growthSchema = z.record(z.enum(["any", ...COUNTED_STORES]), z.record(z.string(), z.string()));

/** Compares a result with the committed budget, list of growth and document. @returns the faults */
export async function checkScale(result: ScaleResult): Promise<string[]> {
  const [budget, growth, document] = await Promise.all([
    readData("budget.json"),
    readData("growth.json"),
    readFile(join(ROOT, "docs/scale.md"), "utf8"),
  ]);
  const reasons = growthSchema.parse(growth);
  return [
    ...overBudget(result, budgetSchema.parse(budget)[result.store]),
    ...unlistedGrowth(result, { ...reasons.any, ...reasons[result.store] }),
    ...(result.store === "objects" ? ceilings(result) : []),
    ...outdated(result, document),
  ];
}

/** The largest cost of each operation over all steps, beside its budget in dollars a million. */
export function overBudget(
  { steps }: Pick<ScaleResult, "steps">,
  budget: Readonly<Record<string, number>>,
): string[] {
  return Object.entries(budget).flatMap(([name, most]) => {
    const cost = Math.max(...steps.map(({ dollars }) => priceOf(dollars, name)));
    return cost <= most
      ? []
      : [
          `${name} costs $${cost.toFixed(2)}, its budget is $${most}: scripts/scale/data/budget.json`,
        ];
  });
}

/** The price with a name; infinite for a name that is none. */
function priceOf(dollars: Dollars, name: string): number {
  return new Map<string, number>(Object.entries(dollars)).get(name) ?? Infinity;
}

/** Components that grow without a listed reason, and listed ones that do not grow. */
export function unlistedGrowth(
  { grows }: Pick<ScaleResult, "grows">,
  listed: Readonly<Record<string, string>>,
): string[] {
  const fresh = grows.filter((name) => !Object.hasOwn(listed, name));
  const gone = Object.keys(listed).filter((name) => !grows.includes(name));
  return [
    ...fresh.map(
      (name) =>
        `"${name}" grows with the users, and scripts/scale/data/growth.json gives no reason`,
    ),
    ...gone.map(
      (name) => `"${name}" no longer grows: take it out of scripts/scale/data/growth.json`,
    ),
  ];
}

/** Parts of a store without a ceiling that are more than comfortably used at the target. */
export function ceilings({ stops }: Pick<ScaleResult, "stops">): string[] {
  return stops
    .filter(({ ofStore, atTarget }) => ofStore && atTarget > COMFORTABLE)
    .map(
      ({ component, atTarget }) =>
        `"${component}" is used to ${share(atTarget)} at the target, more than ${share(COMFORTABLE)}`,
    );
}

/** Tables that the document should have. */
function outdated(result: ScaleResult, document: string): string[] {
  const missing = documentTables(result).filter(({ text }) => !document.includes(text));
  return missing.map(
    ({ title, text }) => `docs/scale.md differs in "${title}"; the command prints:\n${text}`,
  );
}
