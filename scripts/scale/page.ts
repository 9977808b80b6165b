/** The result of the scale model as one page with charts, which needs no network and no script. */
import { chart, escape, shortNumber } from "./chart.ts";
import type { Inputs } from "./inputs.ts";
import type { DollarsName } from "./model/dollars.ts";
import type { ScaleResult, Step } from "./result.ts";
import { count, rounded } from "./numbers.ts";

/** How many components one chart shows. */
const SHOWN = 6;
const LATE_MS = 5_000;
const WARM_PAGE_MS = 100;

const PRICES: readonly [string, DollarsName][] = [
  ["deliveries", "perMillionDeliveries"],
  ["pages", "perMillionPages"],
  ["likes", "perMillionLikes"],
  ["reports", "perMillionReports"],
  ["online-hours", "perMillionOnlineHours"],
  ["minutes on screen", "perMillionScreenMinutes"],
];

export function pageOf(inputs: Inputs, result: ScaleResult): string {
  const { steps } = result;
  const x = steps.map(({ users }) => shortNumber(users));
  const charts = [
    chart({
      title: "Used most, of the platform's limits",
      unit: "share of the limit",
      x,
      series: usedMost(steps),
      line: { value: 1, name: "the limit" },
    }),
    chart({
      title: "A post is visible to 99 of 100 followers after",
      unit: "ms",
      x,
      series: [
        { name: "pushed, in a read", values: steps.map(({ visibleMs }) => visibleMs.pushed.p99) },
        { name: "pulled, in a read", values: steps.map(({ visibleMs }) => visibleMs.pulled.p99) },
        { name: "pulled, by socket", values: steps.map(({ visibleMs }) => visibleMs.live.p99) },
      ],
      line: { value: LATE_MS, name: "five seconds" },
    }),
    chart({
      title: "99 of 100 pages take at most",
      unit: "ms",
      x,
      series: (["warm", "cold", "rebuild"] as const).map((name) => ({
        name: { warm: "warm", cold: "below the hot window", rebuild: "with a rebuild" }[name],
        values: steps.map(({ pageMs }) => pageMs[name].p99),
      })),
      line: { value: WARM_PAGE_MS, name: "a warm page's target" },
    }),
    chart({
      title: "Dollars a million",
      unit: "dollars",
      x,
      series: PRICES.map(([name, key]) => ({
        name,
        values: steps.map(({ dollars }) => dollars[key]),
      })),
    }),
    chart({
      title: "Stored",
      unit: "GB",
      x,
      series: (["day", "month", "year"] as const).map((when) => ({
        name: `after a ${when}`,
        values: steps.map(({ storageGB }) => storageGB[when]),
      })),
    }),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Skein from a thousand users to 400 million</title><style>${STYLE}</style></head><body>
<h1>Skein from a thousand users to 400 million</h1>
<p>Store: ${escape(steps[0]?.store ?? "")}. Counted in the code, at the peak of a day: ${escape(peak(steps))}.</p>
<div class="charts">${charts.join("\n")}</div>
<h2>Where each part stops</h2>
${stopsTable(result)}
<h2>What nobody knows</h2>
<p>These figures are the platform's or the world's. The model takes the middle one; <code>docs/scale.md</code> says how much depends on it.</p>
${unknownsTable(inputs)}
</body></html>
`;
}

function peak(steps: readonly Step[]): string {
  const last = steps.at(-1);
  return last === undefined
    ? ""
    : `${count(last.postsPerSecond)} posts a second at ${count(last.users)} users`;
}

function usedMost(steps: readonly Step[]) {
  const names = (steps.at(-1)?.worst ?? []).slice(0, SHOWN).map(({ component }) => component);
  return names.map((name) => ({
    name,
    values: steps.map(
      ({ worst }) => worst.find(({ component }) => component === name)?.utilisation ?? null,
    ),
  }));
}

function stopsTable({ stops }: ScaleResult): string {
  const at = (posts: number | null) => (posts === null ? "not below the target" : rounded(posts));
  return tableOf(
    ["", "70 % at posts/s", "100 % at posts/s", "addressed by"],
    stops.map(({ component, at70, at100, file }) => [component, at(at70), at(at100), file]),
  );
}

function unknownsTable({ workload }: Inputs): string {
  return tableOf(
    ["", "from", "taken", "to", ""],
    workload
      .unknowns()
      .map(({ name, low, high, why }) => [
        name,
        count(low),
        count(workload.get(name)),
        count(high),
        why.replace("unknown: ", ""),
      ]),
  );
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]) =>
    row.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join("");
  return `<div class="wide"><table><thead><tr>${cells("th", head)}</tr></thead><tbody>${rows
    .map((row) => `<tr>${cells("td", row)}</tr>`)
    .join("")}</tbody></table></div>`;
}

/** The legend's and the charts' colours tell apart in both schemes, also without red and green. */
const STYLE = `
:root { color-scheme: light dark; --c0: #0b62c4; --c1: #c2410c; --c2: #047857; --c3: #7c3aed; --c4: #a16207; --c5: #be185d; --line: #8886; }
@media (prefers-color-scheme: dark) { :root { --c0: #6db3ff; --c1: #ff9a62; --c2: #4fd1a5; --c3: #c4a5ff; --c4: #e8c35a; --c5: #ff8ac0; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1360px; margin: 0 auto; padding: 16px; }
h1 { font-size: 22px; } h2 { font-size: 17px; margin-top: 28px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 20px; }
figure { margin: 0; } figcaption { font-weight: 600; } svg { width: 100%; height: auto; }
svg text { font-size: 11px; fill: currentColor; } .grid { stroke: var(--line); } .limit { stroke: currentColor; stroke-dasharray: 5 4; }
polyline { fill: none; stroke-width: 2; stroke: var(--c); } circle { fill: var(--c); }
ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 4px 14px; font-size: 13px; }
li i { display: inline-block; width: 12px; height: 3px; margin-right: 6px; vertical-align: middle; background: var(--c); }
.s0 { --c: var(--c0); } .s1 { --c: var(--c1); } .s2 { --c: var(--c2); } .s3 { --c: var(--c3); } .s4 { --c: var(--c4); } .s5 { --c: var(--c5); }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: 14px; } th, td { text-align: left; padding: 3px 14px 3px 0; border-bottom: 1px solid var(--line); }
`;
