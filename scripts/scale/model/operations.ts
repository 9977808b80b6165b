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
   * The operations of one run of a verb.
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

  /** The calls that a verb makes of the store object of the account that it is about, without its lists. */
  ofTarget(verb: string): number {
    const samples = this.#samples.get(verb);
    if (samples === undefined) throw new Error(`the calibration has no verb named "${verb}"`);
    return samples.reduce((sum, sample) => sum + sample.callsOfTarget, 0) / samples.length;
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

type Column = (sample: Sample) => number;

/** A constant, the items, and the shards that are touched. */
const COLUMNS: readonly Column[] = [
  () => 1,
  (sample) => sample.size,
  (sample) => sample.shardsTouched,
];

/**
 * Least squares for a constant, a part per item and a part per shard touched, none of them negative: the
 * best of the fits to some of the three. Fewer parts win where more are no better.
 */
function fitTo(samples: readonly Sample[], of: Column): readonly number[] {
  let best: { fit: readonly number[]; error: number } = { fit: [0, 0, 0], error: Infinity };
  for (const used of [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]]) {
    const solved = solve(samples, of, used);
    if (solved === null || solved.some((part) => part < -1e-9)) continue;
    const fit = COLUMNS.map((_, n) => solved[used.indexOf(n)] ?? 0);
    const error = samples.reduce((sum, sample) => {
      const fitted = dot(
        fit,
        COLUMNS.map((column) => column(sample)),
      );
      return sum + (fitted - of(sample)) ** 2;
    }, 0);
    if (error < best.error - 1e-9) best = { fit, error };
  }
  return best.fit;
}

/** Least squares with some columns, by their normal equations; null if these have no one solution. */
function solve(samples: readonly Sample[], of: Column, used: readonly number[]): number[] | null {
  const columns = used.flatMap((n) => COLUMNS[n] ?? []);
  const sum = (a: Column, b: Column) =>
    samples.reduce((total, sample) => total + a(sample) * b(sample), 0);
  const rows = columns.map((a) => [...columns.map((b) => sum(a, b)), sum(a, of)]);
  for (let k = 0; k < rows.length; k++) {
    const pivot = rows[k]?.[k] ?? 0;
    if (Math.abs(pivot) < 1e-9) return null;
    const scaled = (rows[k] ?? []).map((value) => value / pivot);
    rows[k] = scaled;
    for (let other = 0; other < rows.length; other++) {
      if (other === k) continue;
      const factor = rows[other]?.[k] ?? 0;
      rows[other] = (rows[other] ?? []).map((value, n) => value - factor * (scaled[n] ?? 0));
    }
  }
  return rows.map((row) => row.at(-1) ?? 0);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, n) => sum + value * (b[n] ?? 0), 0);
}
