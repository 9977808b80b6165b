/** Line charts as SVG, for a page without scripts. */

export interface Series {
  name: string;
  /** One value for each place on the x axis; null leaves a gap. */
  values: readonly (number | null)[];
}

interface Chart {
  title: string;
  /** The unit of the y axis. */
  unit: string;
  x: readonly string[];
  series: readonly Series[];
  /** A line across, such as a limit, with its name. */
  line?: { value: number; name: string };
}

const WIDTH = 640;
const HEIGHT = 300;
const LEFT = 64;
const RIGHT = 16;
const TOP = 30;
const BOTTOM = 36;
/** Colours of the series, in order; the stylesheet has them for light and dark. */
const COLORS = 6;
const LABEL_CHARS_MAX = 48;

/** A chart with a logarithmic y axis, and its legend. Values at or below 0 are left out. */
export function chart({ title, unit, x, series, line }: Chart): string {
  const values = series.flatMap(({ values: some }) => some.filter((value) => (value ?? 0) > 0));
  const known = values.filter((value) => value !== null);
  if (line !== undefined) known.push(line.value);
  const [low, high] = decades(known);
  const xAt = (n: number) => LEFT + (n * (WIDTH - LEFT - RIGHT)) / Math.max(1, x.length - 1);
  const yAt = (value: number) => {
    const share = (Math.log10(value) - low) / Math.max(1, high - low);
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
  };
  const paths = series.map(({ values: some }, n) => {
    const points = some.flatMap((value, k) =>
      value === null || value <= 0 ? [] : [`${xAt(k).toFixed(1)},${yAt(value).toFixed(1)}`],
    );
    const marks = points.map((point) => {
      const [cx, cy] = point.split(",");
      return `<circle cx="${cx}" cy="${cy}" r="3"/>`;
    });
    return `<g class="s${n % COLORS}"><polyline points="${points.join(" ")}"/>${marks.join("")}</g>`;
  });
  const across =
    line === undefined
      ? ""
      : `<line class="limit" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${yAt(line.value)}" y2="${yAt(line.value)}"/>
         <text x="${WIDTH - RIGHT}" y="${yAt(line.value) - 5}" text-anchor="end">${escape(line.name)}</text>`;
  const legend = series.map(
    ({ name }, n) => `<li class="s${n % COLORS}"><i></i>${escape(shortened(name))}</li>`,
  );
  return `<figure><figcaption>${escape(title)}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escape(title)}">
${gridOf(low, high, yAt, unit)}
${x.map((label, n) => `<text x="${xAt(n)}" y="${HEIGHT - 12}" text-anchor="middle">${escape(label)}</text>`).join("")}
${across}${paths.join("")}
</svg><ul>${legend.join("")}</ul></figure>`;
}

function gridOf(low: number, high: number, yAt: (value: number) => number, unit: string): string {
  const lines: string[] = [];
  for (let decade = low; decade <= high; decade++) {
    const y = yAt(10 ** decade);
    lines.push(
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}"/>`,
      `<text x="${LEFT - 8}" y="${y + 4}" text-anchor="end">${escape(shortNumber(10 ** decade))}</text>`,
    );
  }
  return `${lines.join("")}<text x="4" y="12">${escape(unit)}</text>`;
}

/** The decades that hold all values. */
function decades(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0, 1];
  const low = Math.floor(Math.log10(Math.min(...values)));
  return [low, Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))))];
}

/** A number in few characters: 4 M, 10 k, 0.01. */
export function shortNumber(value: number): string {
  const units: [number, string][] = [
    [1e9, " G"],
    [1e6, " M"],
    [1e3, " k"],
  ];
  for (const [size, name] of units) {
    if (value >= size) return `${Number((value / size).toPrecision(3))}${name}`;
  }
  return String(Number(value.toPrecision(3)));
}

function shortened(text: string): string {
  return text.length <= LABEL_CHARS_MAX ? text : `${text.slice(0, LABEL_CHARS_MAX - 1)}…`;
}

/** A text as it may stand in HTML. */
export function escape(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return text.replaceAll(/[&<>"]/g, (char) => entities[char] ?? char);
}
