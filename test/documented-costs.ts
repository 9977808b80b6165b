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
    if (expected.some((figure, n) => !isSame(figure, figures[n] ?? ""))) {
      wrong.push(`| ${[name, ...expected].join(" | ")} |`);
    }
  }
  return wrong;
}

/** Figures up to here are the same on every run; some more rows are read where ids happen to share a page. */
const EXACT_MAX = 200;

/** Whether a document's figure is the counted one. A mean of many runs may differ by a fifth: their batches differ. */
function isSame(counted: string, documented: string): boolean {
  const [is, was] = [Number(counted), Number(documented)];
  if (Number.isInteger(is) && is <= EXACT_MAX) return counted === documented;
  return Math.abs(is - was) < is * (Number.isInteger(is) ? 0.01 : 0.2);
}
