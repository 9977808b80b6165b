/** Figures as Markdown tables. */
import { markdownTable } from "../markdown-table.ts";
import type { HeadReport } from "./evaluate-heads.ts";
import type { OrderReport } from "./evaluate-orders.ts";
import type { Figure } from "./metrics.ts";

export function headTable(reports: readonly HeadReport[]): string {
  return markdownTable(
    ["head", "times", "AUC", "log loss", "calibration error", "observed / predicted"],
    reports.map((report) => [
      report.head,
      String(report.positives),
      shown(report.auc, 3),
      shown(report.logLoss, 4),
      report.calibrationError.toFixed(4),
      shown(report.observedOverPredicted, 2),
    ]),
  );
}

export function orderTable(reports: readonly OrderReport[]): string {
  return markdownTable(
    ["order", "NDCG@10", "NDCG@20", "the model is better by (@10)"],
    reports.map(({ order, at10, at20, behind }) => [
      order,
      shown(at10, 3),
      shown(at20, 3),
      order === "model" ? "" : shown(behind, 3),
    ]),
  );
}

/** "0.571 (0.550 to 0.591)"; a dash where the log has no value. */
function shown(figure: Figure | null, digits: number): string {
  if (figure === null) return "–";
  const [value, low, high] = [figure.value, figure.low, figure.high].map((n) => n.toFixed(digits));
  return `${value} (${low} to ${high})`;
}
