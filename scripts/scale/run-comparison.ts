/** A run of `npm run load` on one machine, beside what the model says of it. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { CommandError } from "../project.ts";
import type { Inputs } from "./inputs.ts";
import type { Setup } from "./model/rates.ts";
import { SHIPPED } from "./model/steps.ts";
import { type Percentiles, simulate } from "./simulation/simulate.ts";

const millisecondsSchema = z.number().nullable();
const runSchema = z.object({
  accounts: z.int(),
  follows: z.int(),
  stages: z.array(
    z.object({
      offeredPerSecond: z.number(),
      answeredPerSecond: z.number(),
      operations: z.record(z.string(), z.object({ answered: z.int() })),
      visibleMs: z.record(
        z.string(),
        z.object({ p50: millisecondsSchema, p99: millisecondsSchema }),
      ),
    }),
  ),
});

/** A stage of the run: posts a second, and when they were visible. */
export interface Compared {
  offeredPerSecond: number;
  answeredPerSecond: number;
  postsPerSecond: number;
  /** As measured, by way, and as the model has it for pushed posts. */
  measuredMs: Record<string, { p50: number | null; p99: number | null }>;
  modelMs: Percentiles;
}

/** @throws CommandError if the file is not what `npm run load -- --json FILE` writes */
export async function compareRun(inputs: Inputs, path: string, seed: number): Promise<Compared[]> {
  const parsed = runSchema.safeParse(JSON.parse(await readFile(path, "utf8")));
  if (!parsed.success) {
    throw new CommandError(`${path} is not what npm run load -- --json writes`);
  }
  const { accounts, follows, stages } = parsed.data;
  return stages.map((stage) => {
    const answered = Object.values(stage.operations).reduce((sum, one) => sum + one.answered, 0);
    const share = (stage.operations["post"]?.answered ?? 0) / Math.max(1, answered);
    const postsPerSecond = stage.answeredPerSecond * share;
    const setup: Setup = { users: accounts, postsPerS: Math.max(0.1, postsPerSecond), ...SHIPPED };
    const perPost = (name: string) =>
      (stage.operations[name]?.answered ?? 0) /
      Math.max(1, stage.operations["post"]?.answered ?? 0);
    const here = onThisMachine(inputs, follows / Math.max(1, accounts), perPost);
    return {
      offeredPerSecond: stage.offeredPerSecond,
      answeredPerSecond: stage.answeredPerSecond,
      postsPerSecond: Number(postsPerSecond.toFixed(1)),
      measuredMs: stage.visibleMs,
      modelMs: simulate(here, setup, { seed }).pushed,
    };
  });
}

/** The times of the calibration in place of the platform's, and one consumer a queue, as the emulator has. */
function onThisMachine(
  inputs: Inputs,
  followees: number,
  perPost: (operation: string) => number,
): Inputs {
  const callMs = inputs.calibration.times["deliverMs"] ?? 1;
  const perUserDay = (operation: string) =>
    perPost(operation) * inputs.workload.get("postsPerUserDay");
  const workload = inputs.workload.with({
    objectCallMs: callMs,
    farCallMs: callMs,
    consumersOfOneQueue: 1,
    likesPerUserDay: perUserDay("like"),
    pagesPerUserDay: perUserDay("read"),
    reportsPerUserDay: perUserDay("impressions"),
    followsPerUserDay: perUserDay("follow"),
    followeesPerUser: followees,
    pulledFolloweesPerUser: 0,
    pulledShareOfPosts: 0,
  });
  const statementMs = inputs.calibration.times["statementMs"] ?? 1;
  const { platform } = inputs;
  const limit = (name: string) =>
    name === "d1StatementsPerS" ? 1_000 / statementMs : platform.limit(name);
  return { ...inputs, workload, platform: { ...platform, limit } };
}
