import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { Chance } from "../../model/chance.ts";
import { Run } from "../../model/run.ts";
import { operationsOr, seedOr, sizeOf, withSeed } from "../../model/seed.ts";
import { TroubledWorld } from "./troubled-world.ts";
import { countLetters, waitingJobs } from "../../all-shards.ts";

const SEED = seedOr(20_261_121);
const OPERATIONS = operationsOr(sizeOf({ short: 320, long: 3_000 }));
const ACCOUNTS = { first: 40, most: 100 };
const FOLLOWEES = 6;
const CHECKPOINTS = 6;
const COMPARED_AT_CHECKPOINTS = 8;
const TEST_TIMEOUT_MS = 900_000;

// Failed calls are logged as warnings, and hundreds fail here on purpose.
beforeAll(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterAll(() => vi.restoreAllMocks());

it(
  `after ${OPERATIONS} random operations every timeline equals the model, item by item`,
  () =>
    withSeed(SEED, async () => {
      const chance = new Chance(SEED);
      const troubled = new TroubledWorld(chance.fork());
      const { world } = troubled;
      const run = new Run(troubled.skein, chance, troubled.troubles(), {
        accounts: ACCOUNTS.most,
      });
      await run.begin(ACCOUNTS.first, FOLLOWEES);
      for (let checkpoint = 1; checkpoint <= CHECKPOINTS; checkpoint++) {
        await run.go(OPERATIONS / CHECKPOINTS);
        await troubled.quiesce();
        run.settle();
        const viewers = checkpoint < CHECKPOINTS ? run.some(COMPARED_AT_CHECKPOINTS) : undefined;
        expect(await run.compare(viewers), `after ${run.done} operations`).toEqual([]);
      }
      const longest = Math.max(...run.lengths());
      expect(longest, "history beyond the hot window").toBeGreaterThan(
        1.5 * world.deps.config.TIMELINE_MAX,
      );
      expect(await run.compareCounts()).toEqual([]);
      expect(await waitingJobs(world.deps.store)).toBe(0);
      expect(await countLetters(world.deps.store)).toBe(0);
    }),
  TEST_TIMEOUT_MS,
);
