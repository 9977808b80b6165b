/**
 * `npm run scale`: what happens from a thousand users to 400 million, by a model whose figures are
 * counted in the code. docs/scale.md explains its counts, its simulation and its unknowns.
 *
 * --store d1|upstash|objects   the store (d1)
 * --shards N       as many databases at every step; without it they grow with the load
 * --outage NAME    also simulates an outage: shard, queue, crowd, deploy, or all
 * --seed N         the seed of the simulation (1)
 * --json FILE      writes the result
 * --page FILE      writes the page with its charts
 * --calibrate      counts anew what the model is made from, and stores it
 * --run FILE       puts a run of `npm run load -- --json FILE` beside what the model says of it
 * --check          fails if a budget is passed, if something new grows, or if docs/scale.md differs
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { CommandError, runCommand } from "./project.ts";
import { calibrate } from "./scale/calibrate.ts";
import { checkScale } from "./scale/check.ts";
import { COUNTED_STORES, type CountedStore } from "./scale/calibration.ts";
import { readInputs, writeCalibration } from "./scale/inputs.ts";
import { STORES, type StoreName } from "./scale/model/steps.ts";
import { pageOf } from "./scale/page.ts";
import { compareRun } from "./scale/run-comparison.ts";
import { type ModelRequest, runModel } from "./scale/result.ts";
import { OUTAGE_NAMES, type OutageName } from "./scale/simulation/simulate.ts";
import { runText, textOf } from "./scale/text.ts";

const USAGE =
  "Usage: npm run scale -- [--store d1|upstash|objects] [--shards N] [--outage NAME] [--json FILE] …";
const BUCKETS = 1024;

await runCommand(main);

async function main(): Promise<void> {
  const { values } = readArguments();
  const progress = (text: string) => {
    console.error(`scale: ${text}`);
  };
  const request = requestOf(values);
  if (values.calibrate) {
    for (const store of COUNTED_STORES) {
      await writeCalibration(store, await calibrate(store, progress));
    }
  }
  const inputs = await readInputs(request.store);
  const run = values.run === undefined ? null : await compareRun(inputs, values.run, request.seed);
  const result = runModel(inputs, request, progress);
  console.log(textOf(result));
  if (run !== null) {
    result.validation.run = run;
    console.log(`\n${runText(run)}`);
  }
  if (values.json !== undefined)
    await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`);
  if (values.page !== undefined) await writeFile(values.page, pageOf(inputs, result));
  if (!values.check) return;
  const others = COUNTED_STORES.filter((store) => store !== request.store);
  const results = [result];
  for (const store of others) {
    results.push(runModel(await readInputs(store), { ...request, store }, progress));
  }
  const faults = await Promise.all(results.map(checkScale));
  if (faults.flat().length > 0) throw new CommandError([...new Set(faults.flat())].join("\n"));
  console.log("The budgets hold, nothing new grows, and docs/scale.md says the same.");
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        store: { type: "string", default: "d1" },
        shards: { type: "string" },
        outage: { type: "string" },
        seed: { type: "string", default: "1" },
        json: { type: "string" },
        page: { type: "string" },
        calibrate: { type: "boolean", default: false },
        run: { type: "string" },
        check: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new CommandError(
      `${error instanceof Error ? error.message : "unknown option"}\n${USAGE}`,
    );
  }
}

function requestOf(values: ReturnType<typeof readArguments>["values"]): ModelRequest {
  const store = STORES.find((name) => name === values.store);
  if (store === undefined) throw new CommandError(`--store is one of ${STORES.join(", ")}`);
  return {
    store: existing(store),
    shards: values.shards === undefined ? null : wholeNumber("--shards", values.shards, BUCKETS),
    outages: outagesOf(values.outage),
    seed: wholeNumber("--seed", values.seed, 2 ** 31),
  };
}

function existing(store: StoreName): CountedStore {
  const counted = COUNTED_STORES.find((name) => name === store);
  if (counted !== undefined) return counted;
  const advice = "npm run costs has its figures for some operations";
  throw new CommandError(`the operations of ${store} are not counted for the model: ${advice}`);
}

function outagesOf(asked: string | undefined): readonly OutageName[] {
  if (asked === undefined) return [];
  if (asked === "all") return OUTAGE_NAMES;
  const name = OUTAGE_NAMES.find((known) => known === asked);
  if (name !== undefined) return [name];
  throw new CommandError(`--outage is one of ${OUTAGE_NAMES.join(", ")}, all`);
}

function wholeNumber(option: string, text: string, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new CommandError(`${option} is a whole number from 1 to ${most}`);
}
