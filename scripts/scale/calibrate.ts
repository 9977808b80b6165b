/** Counts the calibration anew: runs its test inside workerd, and gathers what that prints. */
import { execa } from "execa";
import {
  type Calibration,
  type CountedStore,
  calibrationSchema,
  measuredSchema,
  type Sample,
  sampleSchema,
} from "./calibration.ts";

const LINE = /calibration (sample|bytes|times) (\{.*\})\s*$/;

/** Counts on one store. @throws an error with the test's output if it fails */
export async function calibrate(
  store: CountedStore,
  progress: (text: string) => void,
): Promise<Calibration> {
  progress(`counting on ${store}; this takes some minutes`);
  const args = ["run", "--silent=false", `--project=calibration-${store}`];
  const run = execa("vitest", args, { preferLocal: true, reject: false, env: { NO_COLOR: "1" } });
  const found: { samples: Sample[]; bytes: unknown; times: unknown } = {
    samples: [],
    bytes: null,
    times: null,
  };
  for await (const line of run) {
    const [, kind, json = ""] = LINE.exec(line) ?? [];
    if (kind === undefined) continue;
    const value: unknown = JSON.parse(json);
    if (kind === "sample") found.samples.push(sampleSchema.parse(value));
    else found[kind === "bytes" ? "bytes" : "times"] = measuredSchema.parse(value);
    if (found.samples.length % 250 === 0) progress(`${found.samples.length} operations counted`);
  }
  const { failed, stdout } = await run;
  if (failed) throw new Error(`the calibration failed:\n${stdout.slice(-4_000)}`);
  return calibrationSchema.parse({ ...found, samples: meansOf(found.samples) });
}

/** One sample for each verb, number of shards and size: the mean of its runs. */
function meansOf(samples: readonly Sample[]): Sample[] {
  const groups = Map.groupBy(samples, ({ verb, shards, size }) => `${verb} ${shards} ${size}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const mean = (of: (sample: Sample) => number) =>
      Number((group.reduce((sum, sample) => sum + of(sample), 0) / group.length).toFixed(3));
    const classes = new Set(group.flatMap(({ calls }) => Object.keys(calls)));
    return [
      {
        ...first,
        statements: mean((sample) => sample.statements),
        statementsOfOneShard: mean((sample) => sample.statementsOfOneShard),
        shardsTouched: mean((sample) => sample.shardsTouched),
        callsOfTarget: mean((sample) => sample.callsOfTarget),
        rowsRead: mean((sample) => sample.rowsRead),
        rowsWritten: mean((sample) => sample.rowsWritten),
        objectRows: mean((sample) => sample.objectRows),
        messages: mean((sample) => sample.messages),
        kvReads: mean((sample) => sample.kvReads),
        kvWrites: mean((sample) => sample.kvWrites),
        calls: Object.fromEntries(
          [...classes].map((name) => [name, mean((sample) => sample.calls[name] ?? 0)]),
        ),
      },
    ];
  });
}
