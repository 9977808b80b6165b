/**
 * `npm run bench`: how fast the built Worker is, as a share of floors that are measured in the same run.
 *
 * --rounds N    rounds of each row (15)
 * --json FILE   writes the result
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { CommandError, runCommand } from "../scripts/project.ts";
import { measure, type Measured, type Row } from "./run/rounds.ts";
import { bundleBoth, startRuntime } from "./run/runtime.ts";
import { deliveriesRow } from "./rows/deliveries.ts";
import { connectionsTo } from "./rows/pages.ts";
import { pulledPages, THRESHOLD } from "./rows/pulled.ts";
import { pushedPages, pushedWorld } from "./rows/pushed.ts";
import { likeRow, postRow, rebuildRow } from "./rows/writes.ts";

const CONNECTIONS = 4;

await runCommand(async () => {
  const { values } = parseArgs({
    options: { rounds: { type: "string", default: "15" }, json: { type: "string" } },
  });
  const rounds = Number(values.rounds);
  const t = performance.now();
  const lap = (what: string) => console.log(((performance.now() - t) / 1000).toFixed(1), what);
  const bundles = await bundleBoth();
  lap("bundled");
  const all: Measured[] = [];
  const run = async (row: Row) => {
    all.push(await measure(row, rounds));
    lap(JSON.stringify(all.at(-1)));
  };
  {
    const runtime = await startRuntime(bundles, {});
    lap("started");
    const world = await pushedWorld(runtime, CONNECTIONS);
    lap("world");
    const connections = connectionsTo(runtime, CONNECTIONS);
    const { latest, ranked, others } = await pushedPages(runtime, world, connections);
    for (const row of [latest, ranked, ...others]) await run(row);
    await run(await postRow(runtime, connections));
    await run(await rebuildRow(runtime, connections, world));
    await run(await likeRow(runtime, connections, world));
    const d = await deliveriesRow(runtime, connections);
    lap("followers");
    await run(d.row);
    d.close();
    await runtime.close();
  }
  {
    const runtime = await startRuntime(bundles, { CELEBRITY_THRESHOLD: String(THRESHOLD) });
    const connections = connectionsTo(runtime, CONNECTIONS);
    for (const row of await pulledPages(runtime, CONNECTIONS, connections)) await run(row);
    await runtime.close();
  }
});
