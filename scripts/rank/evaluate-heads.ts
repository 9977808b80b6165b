/** Measures a model's predictions, head by head, on examples that it was not trained on. */
import { type Head, HEADS } from "../../feed/rank/heads.ts";
import { compileModel, predict } from "../../feed/rank/model.ts";
import type { ModelDocument } from "../../feed/rank/model-document.ts";
import { bootstrap, type Resampling } from "./bootstrap.ts";
import type { Examples } from "./examples.ts";
import {
  auc,
  calibrationError,
  type Figure,
  logLoss,
  type Predictions,
  predictionsOf,
} from "./metrics.ts";

/** Figures of one head; null where the log has no such action, or no item without it. */
export interface HeadReport {
  head: Head;
  positives: number;
  auc: Figure | null;
  logLoss: Figure | null;
  /** Expected calibration error, over ten bins of equal size. */
  calibrationError: number;
  /** Observed over predicted frequency: 1 is right, 2 is twice as often as predicted. */
  observedOverPredicted: Figure | null;
}

/**
 * Measures the predictions, each for the position at which the item was served.
 * @param onHead gets the number of finished heads
 */
export function evaluateHeads(
  document: ModelDocument,
  examples: Examples,
  resampling: Resampling,
  onHead: (done: number) => void = () => {},
): HeadReport[] {
  const predicted = predict(compileModel(document), examples.features);
  return HEADS.map((head, n) => {
    const predictions = headPredictions(document, examples, predicted, n);
    const viewers = sumsByViewer(predictions, examples.viewerCount);
    const total = (of: keyof Sums, times: ArrayLike<number>) =>
      viewers.reduce((sum, viewer, v) => sum + viewer[of] * (times[v] ?? 0), 0);
    const interval = (statistic: (times: ArrayLike<number>) => number | null) =>
      bootstrap(examples.viewerCount, statistic, resampling);
    const report = {
      head,
      positives: viewers.reduce((sum, { happened }) => sum + happened, 0),
      auc: interval((times) => auc(predictions, times)),
      logLoss: interval((times) => total("loss", times) / total("rows", times)),
      calibrationError: calibrationError(predictions),
      observedOverPredicted: interval(
        (times) => total("happened", times) / total("predicted", times),
      ),
    };
    onHead(n + 1);
    return report;
  });
}

/** One head's column of the predictions, for the positions of the items. */
function headPredictions(
  document: ModelDocument,
  { count, labels, positions, viewers }: Examples,
  predicted: Float32Array,
  head: number,
): Predictions {
  const effect = document.training.positionEffect[head] ?? 0;
  const chances = new Float32Array(count);
  const happened = new Uint8Array(count);
  for (let row = 0; row < count; row++) {
    const first = predicted[row * HEADS.length + head] ?? 0;
    chances[row] = 1 / (1 + ((1 - first) / first) * Math.exp(-effect * (positions[row] ?? 0)));
    happened[row] = labels[row * HEADS.length + head] ?? 0;
  }
  return predictionsOf(chances, happened, viewers);
}

/** The sums over a viewer's examples. */
interface Sums {
  rows: number;
  loss: number;
  happened: number;
  predicted: number;
}

function sumsByViewer({ predicted, happened, viewers }: Predictions, count: number): Sums[] {
  const sums = Array.from({ length: count }, () => ({
    rows: 0,
    loss: 0,
    happened: 0,
    predicted: 0,
  }));
  predicted.forEach((chance, row) => {
    const sum = sums[viewers[row] ?? 0];
    if (sum === undefined) return;
    sum.rows++;
    sum.loss += logLoss(chance, happened[row] === 1);
    sum.happened += happened[row] ?? 0;
    sum.predicted += chance;
  });
  return sums;
}
