import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { Chance } from "../model/chance.ts";
import type { Trouble } from "../model/operations.ts";
import { Run } from "../model/run.ts";
import { operationsOr, seedOr, sizeOf, withSeed } from "../model/seed.ts";
import { Skein } from "../model/skein.ts";
import { type Server, startServer } from "./server.ts";

const SEED = seedOr(8_790);
const OPERATIONS = operationsOr(sizeOf({ short: 150, long: 400 }));
const ACCOUNTS = { first: 14, most: 20 };
const FOLLOWEES = 4;
const QUIET_TIMEOUT_MS = 60_000;
const QUIET_POLL_MS = 100;
const TEST_TIMEOUT_MS = 240_000;

let server: Server;
beforeAll(async () => {
  server = await startServer({ TIMELINE_MAX: "24" });
});
afterAll(() => server.close());

it(
  `${OPERATIONS} random operations over HTTP leave every timeline equal to the model's, item by item`,
  () =>
    withSeed(SEED, async () => {
      const skein = new Skein(server);
      const evicted: Trouble = {
        name: "an object is evicted",
        weight: 5,
        concurrent: false,
        delaysTimeline: false,
        cause: async (_, handle) => server.evict((await skein.session(handle)).user.id),
      };
      const run = new Run(skein, new Chance(SEED), [evicted], { accounts: ACCOUNTS.most });
      await run.begin(ACCOUNTS.first, FOLLOWEES);
      await run.go(OPERATIONS);
      await vi.waitFor(
        async () => {
          await server.sweep();
          expect(await server.waiting()).toBe(0);
          expect(await run.compare()).toEqual([]);
          // Counters publish to KV with a delay.
          expect(await run.compareCounts()).toEqual([]);
        },
        { timeout: QUIET_TIMEOUT_MS, interval: QUIET_POLL_MS },
      );
    }),
  TEST_TIMEOUT_MS,
);
