/**
 * The steps of an operation: every call it makes to the store, to objects and to the queues.
 * A test can run something before or after any step, or let the Worker die there, and so try every
 * interleaving of two operations.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { expect } from "vitest";
import { sizeOf } from "../model/seed.ts";
import type { Deps } from "../../workers/deps.ts";
import type { World } from "./world.ts";

/** A step of an operation: just before or just after a call. */
export interface Point {
  index: number;
  name: string;
}

type Visit = (point: Point) => Promise<void>;
type Method = (...args: readonly unknown[]) => Promise<unknown>;

/** Wraps every method of an object so that `visit` runs around its calls. */
function watched<T extends object>(target: T, prefix: string, around: Around): T {
  return new Proxy(target, {
    get(object, name) {
      const value: unknown = Reflect.get(object, name);
      if (typeof value === "function") {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all methods answer promises
        const method = value.bind(object) as Method;
        return (...args: readonly unknown[]) =>
          around(`${prefix}${String(name)}`, () => method(...args));
      }
      if (typeof value !== "object" || value === null) return value;
      return watched(value, `${prefix}${String(name)}.`, around);
    },
  });
}

type Around = (name: string, call: () => Promise<unknown>) => Promise<unknown>;

/**
 * Runs an operation of a world and visits each of its steps. Calls that a visit makes are not visited.
 * @returns the steps, in order
 */
export async function throughSteps(
  world: World,
  operation: () => Promise<unknown>,
  visit: Visit = () => Promise.resolve(),
): Promise<Point[]> {
  const points: Point[] = [];
  const { store, homes, authorFeeds, queues } = world.deps;
  const visiting = new AsyncLocalStorage<true>();
  const reach = async (name: string): Promise<void> => {
    const point = { index: points.length, name };
    points.push(point);
    await visiting.run(true, () => visit(point));
  };
  const around: Around = async (name, call) => {
    if (visiting.getStore() === true) return call();
    await reach(`before ${name}`);
    const answer = await call();
    await reach(`after ${name}`);
    return answer;
  };
  const doubles: Pick<Deps, "store" | "homes" | "authorFeeds" | "queues"> = {
    store: watched(store, "", around),
    homes: watched(homes, "homes.", around),
    authorFeeds: watched(authorFeeds, "authorFeeds.", around),
    queues: watched(queues, "queues.", around),
  };
  Object.assign(world.deps, doubles);
  try {
    await operation();
  } finally {
    Object.assign(world.deps, { store, homes, authorFeeds, queues });
  }
  return points;
}

/** How many steps a run goes on between two that it checks: `npm test` checks every sixth one. */
const STRIDE = sizeOf({ short: 6, long: 1 });

/**
 * Runs `check` at the steps of an operation, each time in a new world. The first step that it checks
 * depends on the test, so that tests of one operation check different steps.
 * @param check gets the index of a step, and answers how many steps the operation has
 */
export async function atEveryPoint(check: (index: number) => Promise<number>): Promise<void> {
  let points = STRIDE;
  for (let index = firstPoint(); index < points; index += STRIDE) points = await check(index);
  expect(points).toBeGreaterThan(4);
}

/**
 * Lets an operation die at its steps, each time in a new world, until it ends before the step.
 * @param check gets the index of the step to die at, and answers whether the operation died
 */
export async function dyingAtEveryPoint(check: (index: number) => Promise<boolean>): Promise<void> {
  let deaths = 0;
  for (let index = firstPoint(); await check(index); index += STRIDE) deaths++;
  expect(deaths).toBeGreaterThan(0);
}

/** An index below the stride that depends on the running test. */
function firstPoint(): number {
  return (expect.getState().currentTestName ?? "").length % STRIDE;
}

/** The Worker has died: none of its later calls happens. */
class Crash extends Error {
  override readonly name = "Crash";
}

/** Runs an operation that dies at a step. @returns whether it got that far */
export async function dieAt(
  world: World,
  index: number,
  operation: () => Promise<unknown>,
): Promise<boolean> {
  let dead = false;
  const die: Visit = (point) => {
    dead ||= point.index === index;
    return dead ? Promise.reject(new Crash(point.name)) : Promise.resolve();
  };
  await throughSteps(world, () => operation().catch(() => undefined), die);
  return dead;
}
