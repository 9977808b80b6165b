/** Turns pages of the log into rows of numbers. */
import { FEATURE_COUNT, FEATURES, featureRows } from "../../feed/rank/features.ts";
import { HEADS } from "../../feed/rank/heads.ts";
import { examined, labelsOf, type LogLine } from "../../feed/rank/training-log.ts";
import { CommandError } from "../project.ts";

/** Examples that fit into the memory of a small machine: about a gigabyte. */
const EXAMPLES_MAX = 4_000_000;

/** The items that viewers reached, with their actions. Row n of each array belongs to one item. */
export interface Examples {
  count: number;
  /** `FEATURE_COUNT` numbers per row. */
  features: Float32Array;
  /** `HEADS.length` numbers per row: 1 for an action that was taken. */
  labels: Uint8Array;
  /** ln(1 + position) */
  positions: Float32Array;
  /** The number of the viewer, from 0 in order of appearance. */
  viewers: Uint32Array;
  viewerCount: number;
}

/** Gathers examples page by page. */
export class ExampleRows {
  readonly #features: Float32Array[] = [];
  readonly #labels: boolean[] = [];
  readonly #positions: number[] = [];
  readonly #viewers: number[] = [];
  readonly #numbers = new Map<string, number>();

  /** @throws CommandError if there are more than memory holds */
  add(page: LogLine): void {
    const items = examined(page);
    if (items.length === 0) return;
    const viewer = this.#numbers.get(page.viewer.id) ?? this.#numbers.size;
    this.#numbers.set(page.viewer.id, viewer);
    this.#features.push(featureRows(page.viewer, items, page.atMs));
    for (const { did, position } of items) {
      const done = labelsOf(did);
      this.#labels.push(...HEADS.map((head) => done[head]));
      this.#positions.push(Math.log1p(position));
      this.#viewers.push(viewer);
    }
    if (this.#positions.length > EXAMPLES_MAX) {
      throw new CommandError(
        `The log has more than ${EXAMPLES_MAX.toLocaleString("en")} examples. Learn from its newest ` +
          "part: tail -n 100000 LOG.jsonl > newest.jsonl",
      );
    }
  }

  /** Everything gathered. */
  all(): Examples {
    const count = this.#positions.length;
    const features = new Float32Array(count * FEATURE_COUNT);
    let at = 0;
    for (const rows of this.#features) {
      features.set(rows, at);
      at += rows.length;
    }
    return {
      count,
      features,
      labels: Uint8Array.from(this.#labels, Number),
      positions: Float32Array.from(this.#positions),
      viewers: Uint32Array.from(this.#viewers),
      viewerCount: this.#numbers.size,
    };
  }
}

/** The frequency of each head's action. */
export function positives({ labels }: Examples): number[] {
  const sums = HEADS.map(() => 0);
  labels.forEach((label, at) => {
    const head = at % HEADS.length;
    sums[head] = (sums[head] ?? 0) + label;
  });
  return sums;
}

/** Mean and deviation of each feature; a feature that never varies has deviation 1. */
export function standardOf({ count, features }: Examples): { mean: number[]; scale: number[] } {
  const mean = FEATURES.map(() => 0);
  const square = FEATURES.map(() => 0);
  features.forEach((value, at) => {
    const column = at % FEATURE_COUNT;
    mean[column] = (mean[column] ?? 0) + value / count;
  });
  features.forEach((value, at) => {
    const column = at % FEATURE_COUNT;
    square[column] = (square[column] ?? 0) + (value - (mean[column] ?? 0)) ** 2 / count;
  });
  return { mean, scale: square.map((value) => (value < 1e-8 ? 1 : Math.sqrt(value))) };
}
