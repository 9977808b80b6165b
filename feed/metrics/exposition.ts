/**
 * Figures in the text format of Prometheus, version 0.0.4:
 * https://prometheus.io/docs/instrumenting/exposition_formats/. Sums are given by region, because each
 * region's aggregator restarts by itself: a total would fall then, and look like a restart of all.
 */
import type { Backlog } from "./backlog.ts";
import { type Figure, FIGURES, readKey, type Sums } from "./figures.ts";
import { cumulative, type Histogram } from "./histogram.ts";
import type { MetricsSnapshot } from "./aggregator.ts";
import type { Region } from "../delivery/regions.ts";

export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** The sums of each region's aggregator; regions that did not answer are missing. */
export type Accounts = Partial<Record<Region, MetricsSnapshot>>;

type Labels = Record<string, string>;

/** Writes all known figures. */
export function exposition(accounts: Accounts, backlog: Backlog): string {
  const known = Object.entries(accounts).map(([region, { sums }]) => ({ region, sums }));
  const families = Object.entries(FIGURES).flatMap(([name, figure]) => family(name, figure, known));
  return `${[...families, ...gauges(backlog)].join("\n")}\n`;
}

/** A family of counters or timings. Operators get gauges as totals. */
function family(
  name: string,
  figure: Figure,
  known: readonly { region: string; sums: Sums }[],
): string[] {
  if (figure.kind === "gauge") return [];
  const series = known.flatMap(({ region, sums }) =>
    Object.entries(figure.kind === "counter" ? sums.counters : sums.timings).flatMap(
      ([key, value]: [string, number | Histogram]) => {
        const read = readKey(key);
        if (read === null || read.name !== name) return [];
        const labels: Labels = { region };
        if (figure.label !== null && read.label !== null) labels[figure.label] = read.label;
        return [{ labels, value }];
      },
    ),
  );
  if (series.length === 0) return [];
  const full = figure.kind === "counter" ? `skein_${name}_total` : `skein_${name}_seconds`;
  const type = figure.kind === "counter" ? "counter" : "histogram";
  const samples = series.flatMap(({ labels, value }) =>
    typeof value === "number" ? [sample(full, labels, value)] : histogram(full, labels, value),
  );
  return [...head(full, type, figure.help), ...samples];
}

function histogram(name: string, labels: Labels, value: Histogram): string[] {
  return [
    ...cumulative(value).map(({ upToMs, count }) =>
      sample(`${name}_bucket`, { ...labels, le: String(upToMs / 1000) }, count),
    ),
    sample(`${name}_bucket`, { ...labels, le: "+Inf" }, value.count),
    sample(`${name}_sum`, labels, value.sumMs / 1000),
    sample(`${name}_count`, labels, value.count),
  ];
}

function gauges({ outbox, deadLetters, queues }: Backlog): string[] {
  const gauge = (
    name: string,
    help: string,
    values: readonly (readonly [Labels, number | null])[],
  ) => {
    const known = values.flatMap(([labels, value]) =>
      value === null ? [] : [sample(name, labels, value)],
    );
    return known.length === 0 ? [] : [...head(name, "gauge", help), ...known];
  };
  const perQueue = Object.entries(queues).map(([queue, waiting]) => [{ queue }, waiting] as const);
  return [
    ...gauge("skein_outbox_rows", FIGURES.outbox_rows.help, [[{}, outbox]]),
    ...gauge("skein_dead_letters", FIGURES.dead_letters.help, [[{}, deadLetters]]),
    ...gauge("skein_queue_messages", "Messages that wait in a queue.", perQueue),
  ];
}

function head(name: string, type: string, help: string): string[] {
  const escaped = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return [`# HELP ${name} ${escaped}`, `# TYPE ${name} ${type}`];
}

function sample(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
