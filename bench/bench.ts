/**
 * `npm run bench`: how fast the built Worker is, as a share of floors that are measured in the same run,
 * in the same workerd, without the proxies of `wrangler dev`. 1 is as fast as the floor. A floor answers
 * with the same bytes as its row: a bare Worker; one that gets them from an object; the same with one
 * bulk read of KV. Deliveries are compared with a bare fan of inserts into as many objects. Each round
 * measures a row beside its floors, and the tables have the mean of the middle half of the rounds' ratios,
 * with its quartiles. A second table has what pages cost in the Worker's own isolate, by its inspector, because
 * the emulators of KV, D1 and queues share a thread with the Worker, and ratios contain their time.
 *
 * A third table has the lines of an import a second, which depend on the machine, beside posts by single calls.
 *
 * Posts, likes, rebuilds, imports and deliveries are measured on the other stores too; on Redis if a redis-server is there.
 *
 * --rounds N    the rounds of each row (72); writes have a quarter of them
 * --json FILE   writes the result
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { Progress } from "../scripts/demo/progress.ts";
import { CommandError, runCommand } from "../scripts/project.ts";
import { deliveryRows } from "./rows/deliveries.ts";
import { renewTokens } from "./rows/accounts.ts";
import { type Connections, connectionsTo, type PageRow } from "./rows/pages.ts";
import { importRow } from "./rows/imports.ts";
import { pulledPages, THRESHOLD } from "./rows/pulled.ts";
import { pushedPages, type PushedWorld, pushedWorld } from "./rows/pushed.ts";
import { likeRow, postRow, rebuildRow } from "./rows/writes.ts";
import { profile, type Profile } from "./run/profile.ts";
import { importTable, profileTable, ratioTable } from "./run/report.ts";
import { measure, type Measured, type Row } from "./run/rounds.ts";
import {
  BENCH_STORES,
  type BenchStore,
  canBench,
  startStore,
  type StoreOfBench,
} from "./run/stores.ts";
import { type Bundles, bundleBoth, type Runtime, startRuntime } from "./run/runtime.ts";

/** The stores whose writes are measured beside those of D1. */
const OTHER_STORES = BENCH_STORES.filter((name) => name !== "d1");

const USAGE = "Usage: npm run bench -- [--rounds N] [--json FILE]";
/** Connections, each with a viewer of its own: enough that workerd never waits for this process. */
const CONNECTIONS = 4;

/** A round of writes takes over a second, because their jobs end in it, and has more operations. */
const ROUNDS_PER_WRITE_ROUND = 4;

interface Result {
  rows: Measured[];
  profiles: Profile[];
}

await runCommand(async () => {
  const { values } = parse();
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new CommandError(USAGE);
  console.log("Building the Worker …");
  const bundles = await bundleBoth();
  const result: Result = { rows: [], profiles: [] };
  const d1 = await startStore("d1");
  await withRuntime(bundles, d1, {}, (runtime) => measurePushed(runtime, rounds, result));
  const threshold = { CELEBRITY_THRESHOLD: String(THRESHOLD) };
  await withRuntime(bundles, d1, threshold, (runtime) => measurePulled(runtime, rounds, result));
  for (const name of OTHER_STORES.filter(canBench)) {
    const store = await startStore(name);
    try {
      await withRuntime(bundles, store, {}, (runtime) =>
        measureStore(runtime, name, rounds, result),
      );
    } finally {
      await store.close();
    }
  }
  const tables = [ratioTable(result.rows), importTable(result.rows), profileTable(result.profiles)];
  console.log(`\n${tables.join("\n\n")}`);
  if (values.json !== undefined) {
    await writeFile(values.json, `${JSON.stringify({ rounds, ...result }, null, 2)}\n`);
  }
});

async function measurePushed(runtime: Runtime, rounds: number, result: Result): Promise<void> {
  const world = await pushedWorld(runtime, CONNECTIONS);
  const connections = connectionsTo(runtime, CONNECTIONS);
  const { latest, ranked, others } = await pushedPages(runtime, world, connections);
  const run = async (row: Row) => result.rows.push(await measured(runtime, row, rounds));
  for (const page of [latest, ranked]) {
    await run(page);
    result.profiles.push(await profiled(runtime, page));
  }
  for (const row of others) await run(row);
  await measureWrites({ runtime, connections, world }, "", rounds, result);
}

/** The rows that depend on the store, on another one than D1. */
async function measureStore(
  runtime: Runtime,
  name: BenchStore,
  rounds: number,
  result: Result,
): Promise<void> {
  const world = await pushedWorld(runtime, CONNECTIONS);
  const connections = connectionsTo(runtime, CONNECTIONS);
  await measureWrites({ runtime, connections, world }, `, STORE = "${name}"`, rounds, result);
}

interface WriteScene {
  runtime: Runtime;
  connections: Connections;
  world: PushedWorld;
}

async function measureWrites(
  { runtime, connections, world }: WriteScene,
  suffix: string,
  rounds: number,
  result: Result,
): Promise<void> {
  const writeRounds = Math.ceil(rounds / ROUNDS_PER_WRITE_ROUND);
  const write = async (row: Row) => {
    const named = { ...row, name: row.name + suffix };
    result.rows.push(await measured(runtime, named, writeRounds));
  };
  await write(await postRow(runtime, connections));
  await write(await likeRow(runtime, connections, world));
  await write(await rebuildRow(runtime, connections, world));
  await write(await importRow(runtime, connections));
  const deliveries = await deliveryRows(runtime, connections);
  for (const row of deliveries.rows) await write(row);
  deliveries.close();
}

async function measurePulled(runtime: Runtime, rounds: number, result: Result): Promise<void> {
  const connections = connectionsTo(runtime, CONNECTIONS);
  const pages = await pulledPages(runtime, CONNECTIONS, connections);
  for (const { page, isProfiled } of pages) {
    result.rows.push(await measured(runtime, page, rounds));
    if (isProfiled) result.profiles.push(await profiled(runtime, page));
  }
}

async function measured(runtime: Runtime, row: Row, rounds: number): Promise<Measured> {
  const progress = new Progress(`Rounds of "${row.name}"`, rounds);
  const onRound = (round: number) => progress.update(round);
  const found = await measure(row, rounds, onRound, () => renewTokens(runtime));
  progress.end();
  return found;
}

async function profiled(runtime: Runtime, page: PageRow): Promise<Profile> {
  await renewTokens(runtime);
  console.log(`Profiling "${page.name}" …`);
  return profile(runtime, { name: page.name, page: page.senders, floor: page.floorSenders });
}

async function withRuntime(
  bundles: Bundles,
  store: StoreOfBench,
  vars: Record<string, string>,
  work: (runtime: Runtime) => Promise<void>,
): Promise<void> {
  const runtime = await startRuntime(bundles, store, vars);
  try {
    await work(runtime);
  } finally {
    await runtime.close();
  }
}

function parse() {
  try {
    return parseArgs({
      options: { rounds: { type: "string", default: "72" }, json: { type: "string" } },
    });
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message : ""}\n${USAGE}`);
  }
}
