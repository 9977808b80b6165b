/** What a load run says at its end. */
import { quantile, type Histogram } from "../../feed/metrics/histogram.ts";
import type { Stats } from "./stats.ts";

const QUANTILES = [0.5, 0.9, 0.99, 0.999] as const;

/** The result of a stage, as `--json` writes it. Times are in milliseconds. */
export interface StageReport {
  /** Operations a second that were begun, and that were answered with success. */
  offeredPerSecond: number;
  answeredPerSecond: number;
  operations: Record<string, { answered: number; latencyMs: LatencyMs; errors: Counts }>;
  visibleMs: Record<string, LatencyMs & { posts: number }>;
}

type Counts = Record<string, number>;
type LatencyMs = Record<"p50" | "p90" | "p99" | "p99.9", number | null>;

/** The figures of a stage. @param times in seconds: until all was begun, and until all was answered */
export function stageReport(
  stats: Stats,
  times: { beginningS: number; wholeS: number },
): StageReport {
  const used = [...stats.operations].filter(([, { latency, errors }]) => {
    return latency.count > 0 || errors.size > 0;
  });
  return {
    offeredPerSecond: round(stats.begun / times.beginningS),
    answeredPerSecond: round(stats.answered / times.wholeS),
    operations: Object.fromEntries(
      used.map(([name, { latency, errors }]) => [
        name,
        {
          answered: latency.count,
          latencyMs: latencies(latency),
          errors: Object.fromEntries(errors),
        },
      ]),
    ),
    visibleMs: Object.fromEntries(
      [...stats.visible]
        .filter(([, { count }]) => count > 0)
        .map(([way, histogram]) => [way, { posts: histogram.count, ...latencies(histogram) }]),
    ),
  };
}

/** The same as lines of text. */
export function stageLines(report: StageReport): string[] {
  const rows = [["", "answered", ...QUANTILES.map(nameOf), "errors"]];
  for (const [name, { answered, latencyMs, errors }] of Object.entries(report.operations)) {
    const failed = Object.entries(errors).map(([code, count]) => `${count} ${code}`);
    const texts = QUANTILES.map((q) => ms(latencyMs[nameOf(q)]));
    rows.push([name, String(answered), ...texts, failed.join(", ")]);
  }
  const ways = [["post to visible", "seen", ...QUANTILES.map(nameOf), ""]];
  for (const [way, figures] of Object.entries(report.visibleMs)) {
    ways.push([way, String(figures.posts), ...QUANTILES.map((q) => ms(figures[nameOf(q)])), ""]);
  }
  return [
    `${report.offeredPerSecond} operations/s offered, ${report.answeredPerSecond} answered`,
    ...aligned(rows),
    ...(ways.length > 1 ? ["", ...aligned(ways)] : []),
  ];
}

function nameOf(q: (typeof QUANTILES)[number]): keyof LatencyMs {
  return ({ 0.5: "p50", 0.9: "p90", 0.99: "p99", 0.999: "p99.9" } as const)[q];
}

function latencies(histogram: Histogram): LatencyMs {
  const [p50, p90, p99, p999] = QUANTILES.map((q) => rounded(quantile(histogram, q)));
  return { p50: p50 ?? null, p90: p90 ?? null, p99: p99 ?? null, "p99.9": p999 ?? null };
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}

function ms(value: number | null): string {
  return value === null ? "-" : `${value} ms`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Rows of cells as lines, the first column to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 || column === row.length - 1
          ? cell.padEnd(width)
          : cell.padStart(width);
      })
      .join("  ")
      .trimEnd(),
  );
}
