/** Tables of counted costs: printed, and compared with those of the README. */
import readme from "../README.md?raw";

type Cells = readonly (string | number)[];

/**
 * Prints a table as Markdown.
 * @throws if a row of the README with the same name and some of its columns has other figures
 */
export function printCosts(columns: readonly string[], rows: readonly Cells[]): void {
  const line = (cells: readonly unknown[]): string => `| ${cells.join(" | ")} |`;
  console.log([columns, columns.map(() => "---"), ...rows].map(line).join("\n"));
  const wrong = differences(readme, columns, rows);
  if (wrong.length > 0) throw new Error(`README.md differs:\n${wrong.join("\n")}`);
}

/** The counted rows that a Markdown document has with other figures, as they would have to be. */
export function differences(
  markdown: string,
  columns: readonly string[],
  rows: readonly Cells[],
): string[] {
  const counted = new Map(rows.map((row) => [String(row[0]), row]));
  const wrong: string[] = [];
  let header: string[] = [];
  for (const text of markdown.split("\n")) {
    const cells = text.split("|").slice(1, -1);
    const [name = "", ...figures] = cells.map((cell) => cell.trim());
    if (cells.length === 0) header = [];
    else if (header.length === 0) header = [name, ...figures];
    const row = counted.get(name);
    if (row === undefined || !header.every((column) => columns.includes(column))) continue;
    const expected = header.slice(1).map((column) => String(row[columns.indexOf(column)]));
    if (expected.some((figure, n) => !isSame(header[n + 1] ?? "", figure, figures[n] ?? ""))) {
      wrong.push(`| ${[name, ...expected].join(" | ")} |`);
    }
  }
  return wrong;
}

/** Other figures up to here are the same on every run. */
const EXACT_MAX = 200;

/**
 * Whether a document's figure is the counted one. How many rows are read depends on which ids share a bucket, and a mean
 * of many runs on their batches.
 */
function isSame(column: string, counted: string, documented: string): boolean {
  const [is, was] = [Number(counted), Number(documented)];
  const difference = Math.abs(is - was);
  if (column.endsWith("rows read")) return difference <= Math.max(2, is / 10);
  if (Number.isInteger(is) && is <= EXACT_MAX) return counted === documented;
  return difference < is * (Number.isInteger(is) ? 0.01 : 0.2);
}
