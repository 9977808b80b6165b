/** The tables of a bench. */
import { markdownTable } from "../../scripts/markdown-table.ts";
import type { Profile } from "./profile.ts";
import type { Ratio } from "./ratios.ts";
import type { FloorName, Measured } from "./rounds.ts";

const COLUMNS: [FloorName, string][] = [
  ["bare", "bare Worker"],
  ["object", "Worker + one object call"],
  ["kv", "the same + one bulk read of KV"],
  ["fan", "bare fan of inserts"],
];

/** The ratios of rows to floors: the median of the rounds, and its quartiles. */
export function ratioTable(rows: readonly Measured[]): string {
  const withFloor = rows.filter(({ ratios }) => COLUMNS.some(([floor]) => floor in ratios));
  const cells = withFloor.map(({ name, ratios }) => [
    name,
    ...COLUMNS.map(([floor]) => ratioText(ratios[floor])),
  ]);
  return markdownTable(["speed, as a share of", ...COLUMNS.map(([, title]) => title)], cells);
}

/** Lines of imports a second on this machine, and how many times the posts that single calls make. */
export function importTable(rows: readonly Measured[]): string {
  const cells = rows.flatMap(({ name, ratios: { calls }, perSecond }) =>
    calls === undefined ? [] : [[name, perSecond.toFixed(0), ratioText(calls)]],
  );
  return markdownTable(["", "lines a second", "× posts by single calls"], cells);
}

/** CPU time and allocations of pages, and how many times those of the floor they are. */
export function profileTable(profiles: readonly Profile[]): string {
  const cells = profiles.map(({ name, page, floor }) => [
    name,
    `${page.cpuMs.toFixed(2)} ms`,
    `${(page.cpuMs / floor.cpuMs).toFixed(1)}`,
    `${page.allocatedKib.toFixed(0)} KiB`,
    `${(page.allocatedKib / floor.allocatedKib).toFixed(1)}`,
  ]);
  const floors = "× Worker + one object call";
  return markdownTable(["in the Worker's isolate", "CPU time", floors, "allocated", floors], cells);
}

function ratioText(ratio: Ratio | undefined): string {
  if (ratio === undefined) return "";
  const { middle, lower, upper } = ratio;
  return `${digits(middle)} (${digits(lower)} to ${digits(upper)})`;
}

/** Two significant digits at least: a rebuild is a hundredth of a bare Worker. */
function digits(value: number): string {
  return value < 0.1 ? value.toFixed(3) : value.toFixed(2);
}
