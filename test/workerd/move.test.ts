/** Moving buckets between D1 databases while they are in use. */
import { beforeAll, expect, it, vi } from "vitest";
import { Chance } from "../model/chance.ts";
import { Run } from "../model/run.ts";
import { seedOr, withSeed } from "../model/seed.ts";
import { countLetters, waitingJobs } from "../all-shards.ts";
import { allRows, migrateMore, MORE_DATABASES, TestMover } from "./moving.ts";
import { checkCounts } from "./recount.ts";
import { TroubledWorld } from "./small-window/troubled-world.ts";
import { World } from "./world.ts";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 120_000 });
vi.spyOn(console, "warn").mockImplementation(() => undefined);
vi.spyOn(console, "error").mockImplementation(() => undefined);

const SEED = seedOr(20_261_126);
const FIVE = ["d1:DB_0", "d1:DB_1", "d1:DB_2", "d1:DB_3", "d1:DB_4"];

beforeAll(migrateMore);

it("a store grows from two databases to five while a random run goes on, and loses nothing", () =>
  withSeed(SEED, async () => {
    await new World().account();
    const chance = new Chance(SEED);
    const troubled = new TroubledWorld(chance.fork(), "8", MORE_DATABASES);
    const { world } = troubled;
    const run = new Run(troubled.skein, chance, troubled.troubles(), { accounts: 60 });
    await run.begin(30, 5);
    await run.go(100);
    await new TestMover(new World(MORE_DATABASES), FIVE).allWhile(() => run.go(10));
    await run.go(50);
    await troubled.quiesce();
    run.settle();
    expect(await run.compare()).toEqual([]);
    expect(await run.compareCounts()).toEqual([]);
    expect(await waitingJobs(world.deps.store)).toBe(0);
    expect(await countLetters(world.deps.store)).toBe(0);
    expect((await checkCounts(world)).corrected).toEqual([]);
    const rows = await allRows(world);
    expect(rows.get("users")?.size).toBeGreaterThan(30);
  }));
