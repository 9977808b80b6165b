/** The inputs of the scale model: the platform, the workload, and what the calibration counted. */
import { readFile, writeFile } from "node:fs/promises";
import { z } from "zod";
import { type Calibration, calibrationSchema, type CountedStore } from "./calibration.ts";

const DATA = new URL("data/", import.meta.url);

const factSchema = z.object({
  value: z.number(),
  what: z.string(),
  source: z.url(),
  asOf: z.string(),
});

const platformSchema = z.object({
  limits: z.record(z.string(), factSchema),
  dollars: z.record(z.string(), factSchema),
});

/** A figure of the workload. An unknown figure has a range, and the model sweeps it. */
const figureSchema = z.object({
  value: z.union([z.number(), z.array(z.number())]),
  low: z.number().optional(),
  high: z.number().optional(),
  why: z.string(),
});

/** Limits and prices by name. */
export interface Platform {
  limit(name: string): number;
  dollars(name: string): number;
}

/** The figures of the workload by name, with changes such as a sweep's. */
export interface Workload {
  get(name: string): number;
  with(changes: Readonly<Record<string, number>>): Workload;
  /** The figures that are unknown, with their ranges. */
  unknowns(): { name: string; low: number; high: number; why: string }[];
}

export interface Inputs {
  store: CountedStore;
  platform: Platform;
  workload: Workload;
  calibration: Calibration;
}

/** Reads the committed inputs. @throws if one is missing or has another shape */
export async function readInputs(store: CountedStore = "d1"): Promise<Inputs> {
  const [platform, workload, calibration] = await Promise.all([
    readData("platform.json"),
    readData("workload.json"),
    readData(`calibration-${store}.json`),
  ]);
  return {
    store,
    platform: platformOf(platformSchema.parse(platform)),
    workload: workloadOf(z.record(z.string(), figureSchema).parse(workload)),
    calibration: calibrationSchema.parse(calibration),
  };
}

/** Writes a new calibration to the committed file. */
export async function writeCalibration(
  store: CountedStore,
  calibration: Calibration,
): Promise<void> {
  const { samples, ...rest } = calibration;
  const lines = samples.map((sample) => `    ${JSON.stringify(sample)}`).join(",\n");
  const text = JSON.stringify(rest, null, 2).replace(/^\{/, `{\n  "samples": [\n${lines}\n  ],`);
  await writeFile(new URL(`calibration-${store}.json`, DATA), `${text}\n`);
}

/** A file of the model's data. */
export async function readData(name: string): Promise<unknown> {
  return JSON.parse(await readFile(new URL(name, DATA), "utf8"));
}

function platformOf({ limits, dollars }: z.infer<typeof platformSchema>): Platform {
  return {
    limit: (name) => known(limits, name).value,
    dollars: (name) => known(dollars, name).value,
  };
}

function workloadOf(
  figures: Record<string, z.infer<typeof figureSchema>>,
  changes: Readonly<Record<string, number>> = {},
): Workload {
  return {
    get(name) {
      const { value } = known(figures, name);
      return changes[name] ?? (typeof value === "number" ? value : Math.max(...value));
    },
    with: (more) => workloadOf(figures, { ...changes, ...more }),
    unknowns: () =>
      Object.entries(figures).flatMap(([name, { low, high, why }]) =>
        low === undefined || high === undefined ? [] : [{ name, low, high, why }],
      ),
  };
}

function known<T>(record: Readonly<Record<string, T>>, name: string): T {
  const found = record[name];
  if (found === undefined) throw new Error(`no figure named ${name} in scripts/scale/data`);
  return found;
}
