/** What a verb does at any number of shards, fitted to what the calibration counted. */
import type { Calibration, Sample } from "../calibration.ts";

/** Operations of one run of a verb. */
export interface Operations {
  statements: number;
  rowsRead: number;
  rowsWritten: number;
  objectRows: number;
  messages: number;
  kvReads: number;
  kvWrites: number;
  /** Calls of objects, by the binding of their class. */
  calls: Readonly<Record<string, number>>;
}

type Field = Exclude<keyof Operations, "calls">;

/** How many of `shards` shards hold at least one of `owners` owners, spread by hash. */
export function shardsTouched(owners: number, shards: number): number {
  return shards * (1 - (1 - 1 / shards) ** owners);
}

const made = new WeakMap<Pick<Calibration, "samples">, Verbs>();

/** The verbs of a calibration, fitted once. */
export function verbsOf(calibration: Pick<Calibration, "samples">): Verbs {
  const verbs = made.get(calibration) ?? new Verbs(calibration);
  made.set(calibration, verbs);
  return verbs;
}

/** The verbs, with what each does as a constant, a part per item and a part per shard that it touches. */
export class Verbs {
  readonly #samples: ReadonlyMap<string, Sample[]>;
  readonly #fits = new Map<string, readonly number[]>();

  constructor({ samples }: Pick<Calibration, "samples">) {
    this.#samples = Map.groupBy(samples, (sample) => sample.verb);
  }

  /**
   * What one run of a verb does.
   * @param at `size` is what the verb works on, `owners` how many accounts' shards that spreads over
   * @throws if the calibration has no such verb
   */
  of(verb: string, at: { size: number; owners: number; shards: number }): Operations {
    const samples = this.#samples.get(verb);
    if (samples === undefined) throw new Error(`the calibration has no verb named "${verb}"`);
    const touched = shardsTouched(at.owners, at.shards);
    const value = (name: string, of: (sample: Sample) => number): number => {
      const key = `${verb} ${name}`;
      const fit = this.#fits.get(key) ?? fitTo(samples, of);
      this.#fits.set(key, fit);
      return Math.max(0, dot(fit, [1, at.size, touched]));
    };
    const field = (name: Field) => value(name, (sample) => sample[name]);
    const classes = new Set(samples.flatMap((sample) => Object.keys(sample.calls)));
    return {
      statements: field("statements"),
      rowsRead: field("rowsRead"),
      rowsWritten: field("rowsWritten"),
      objectRows: field("objectRows"),
      messages: field("messages"),
      kvReads: field("kvReads"),
      kvWrites: field("kvWrites"),
      calls: Object.fromEntries(
        [...classes].map((name) => [name, value(name, (sample) => sample.calls[name] ?? 0)]),
      ),
    };
  }

  /** The statements that a verb of two accounts runs in the second one's shard. */
  inSecondShard(verb: string): number {
    const samples = this.#samples.get(verb) ?? [];
    const apart = samples.filter((sample) => sample.shardsTouched === 2);
    const sums = apart.map((sample) => sample.statements - sample.statementsOfOneShard);
    return sums.length === 0 ? 0 : sums.reduce((sum, some) => sum + some, 0) / sums.length;
  }

  /** The largest difference between a counted and a fitted number of statements, as a share. */
  worstFit(): { verb: string; share: number } {
    let worst = { verb: "", share: 0 };
    for (const [verb, samples] of this.#samples) {
      const fit = fitTo(samples, (sample) => sample.statements);
      for (const sample of samples) {
        const fitted = dot(fit, [1, sample.size, sample.shardsTouched]);
        const share = Math.abs(fitted - sample.statements) / Math.max(1, sample.statements);
        if (share > worst.share) worst = { verb, share };
      }
    }
    return worst;
  }
}

/**
 * Least squares for a constant, a part per item and a part per shard touched; a sum without a negative
 * part. A verb of one size, or one that always touches as many shards, gets no such part.
 */
function fitTo(samples: readonly Sample[], of: (sample: Sample) => number): readonly number[] {
  const varies = (column: (sample: Sample) => number) => new Set(samples.map(column)).size > 1;
  const columns: ((sample: Sample) => number)[] = [
    () => 1,
    varies((sample) => sample.size) ? (sample) => sample.size : () => 0,
    varies((sample) => sample.shardsTouched) ? (sample) => sample.shardsTouched : () => 0,
  ];
  const fit = columns.map(() => 0);
  // Coordinate descent: three numbers, a dozen samples.
  for (let round = 0; round < 4_000; round++) {
    for (const [k, column] of columns.entries()) {
      let [over, under] = [0, 0];
      for (const sample of samples) {
        const x = column(sample);
        const rest =
          dot(
            fit,
            columns.map((other) => other(sample)),
          ) -
          (fit[k] ?? 0) * x;
        over += x * (of(sample) - rest);
        under += x * x;
      }
      fit[k] = under === 0 ? 0 : Math.max(0, over / under);
    }
  }
  return fit;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, n) => sum + value * (b[n] ?? 0), 0);
}
