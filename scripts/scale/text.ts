/** The result of the scale model as lines of text. */
import type { ScaleResult, Step, Stop } from "./result.ts";
import type { Compared } from "./run-comparison.ts";
import { count, rounded, share } from "./numbers.ts";
import { wideTable } from "./tables.ts";
import type { Swept } from "./sweep.ts";
import type { Percentiles } from "./simulation/simulate.ts";

const STEP_HEAD = [
  "users",
  "posts/s",
  "shards",
  "queues",
  "used most",
  "",
  "p99 pushed",
  "pulled",
  "live",
  "page p99",
];
const PRICE_HEAD = [
  "users",
  "deliveries",
  "pages",
  "likes",
  "reports",
  "online-hours",
  "screen-minutes",
  "a day",
];
const SWEEP_HEAD = ["unknown", "is", "p99 pushed", "pulled", "live", "warm page", "moves most"];

/** All tables. */
export function textOf(result: ScaleResult): string {
  const { steps, stops, grows, sweeps, validation } = result;
  const { verb, share: off } = validation.worstFit;
  return [
    table(STEP_HEAD, steps.map(stepRow)),
    "Used most, of the platform's limit, at the last step:",
    table(
      ["", "used", "addressed by"],
      (steps.at(-1)?.worst ?? []).map((used) => [
        used.component,
        share(used.utilisation),
        used.file,
      ]),
    ),
    "Where each part stops, with everything else grown as far as it goes:",
    table(["", "70 % at", "100 % at", "addressed by"], stops.map(stopRow)),
    "Dollars a million, at published prices:",
    table(PRICE_HEAD, steps.map(priceRow)),
    "GB stored after a day, a month, a year:",
    table(
      ["users", "day", "month", "year"],
      steps.map(({ users, storageGB: { day, month, year } }) =>
        [users, day, month, year].map(count),
      ),
    ),
    "With a million users, when something that nobody knows is at the end of its range:",
    table(SWEEP_HEAD, sweeps.map(sweepRow)),
    ...(result.wide === null
      ? []
      : ["Reads of people who follow many:", wideTable(result.wide).text]),
    ...outageTables(steps),
    `Its load grows with the users: ${grows.join("; ")}.`,
    `The fit of the counted statements is off by ${share(off)} at most (${verb}).`,
  ].join("\n\n");
}

function priceRow({ users, dollars }: Step): string[] {
  const { perDay, ...perMillion } = dollars;
  const prices = Object.values(perMillion).map((price) => price.toFixed(2));
  return [count(users), ...prices, count(Math.round(perDay))];
}

function sweepRow({ name, value, p99Ms, moved }: Swept): string[] {
  const { pushed, pulled, live, warmPage } = p99Ms;
  const most = moved === null ? "" : `${moved.component}: ${moved.times} times as much`;
  return [name, count(value), ...[pushed, pulled, live, warmPage].map(p99), most];
}

/** A run on this machine beside the model. */
export function runText(run: readonly Compared[]): string {
  const ms = ({ p50, p99: late }: { p50: number | null; p99: number | null }) =>
    `${p99(p50)}, ${p99(late)}`;
  const rows = run.flatMap(({ offeredPerSecond, answeredPerSecond, postsPerSecond, ...times }) => [
    ...Object.entries(times.measuredMs).map(([way, measured]) => [
      `${count(offeredPerSecond)}, of which ${count(answeredPerSecond)} answered`,
      count(postsPerSecond),
      way,
      ms(measured),
    ]),
    ["", "", "pushed, by the model", ms(times.modelMs)],
  ]);
  return `A run of npm run load, with the visible times at 50 and 99 of 100 posts:\n\n${table(
    ["operations a second", "posts/s", "way", "visible after"],
    rows,
  )}`;
}

function stepRow(step: Step): string[] {
  const [worst] = step.worst;
  const { pushed, pulled, live } = step.visibleMs;
  return [
    count(step.users),
    count(step.postsPerSecond),
    String(step.shards),
    `${step.queues.fanout}+${step.queues.counting}+${step.queues.export}`,
    worst?.component ?? "",
    share(worst?.utilisation ?? 0),
    p99(pushed),
    p99(pulled),
    p99(live),
    `${step.pageMs.warm.p99} ms`,
  ];
}

function stopRow({ component, at70, at100, file }: Stop): string[] {
  const at = (posts: number | null) => (posts === null ? "-" : `${rounded(posts)} posts/s`);
  return [component, at(at70), at(at100), file];
}

function outageTables(steps: readonly Step[]): string[] {
  const names = Object.keys(steps[0]?.outages ?? {});
  return names.flatMap((name) => [
    `The outage "${name}":`,
    table(
      ["users", "refused with 503", "dead letters", "late for", "waiting at the end"],
      steps.map(({ users, outages }) => {
        const outcome = Object.entries(outages).find(([key]) => key === name)?.[1];
        if (outcome === undefined || outcome.backlog === Infinity) {
          return [count(users), "overloaded without it"];
        }
        return [
          count(users),
          count(outcome.refused),
          count(outcome.deadLetters),
          `${((outcome.recoveryMs ?? 0) / 1_000).toFixed(1)} s after it`,
          count(outcome.backlog),
        ];
      }),
    ),
  ]);
}

function p99(time: Percentiles | number | null): string {
  const ms = typeof time === "number" || time === null ? time : time.p99;
  if (ms === null) return "never";
  return ms < 10_000 ? `${ms} ms` : `${Math.round(ms / 1_000)} s`;
}

/** Cells in columns, the first line underlined. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, n) =>
    Math.max(title.length, ...rows.map((row) => (row[n] ?? "").length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, n) => cell.padEnd(widths[n] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(head), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)].join(
    "\n",
  );
}
