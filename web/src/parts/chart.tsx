/**
 * Lines over time: drawn by uPlot, and given as words and numbers for readers who can't see them. Lines
 * differ by their dashes, not only by colour.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Point } from "../state/figures-history.ts";

const HEIGHT_PX = 180;
const LINE_PX = 1.75;
/** Rows of the table, newest first: about a minute of every fifth point. */
const ROWS = 8;
const ROW_EVERY_POINTS = 5;
const DASHES: readonly number[][] = [[], [6, 3], [2, 3], [10, 3, 2, 3], [1, 5], [14, 4]];

/** A line: the key of its values, and what it is called. */
export interface Line {
  key: string;
  label: string;
}

interface Props {
  title: string;
  /** What the chart shows, in a few words. */
  about: string;
  lines: readonly Line[];
  points: readonly Point[];
  /** A value with its unit. */
  say: (value: number) => string;
  /** The highest possible value, if there is one. */
  highest?: number;
}

type Drawn = Pick<Props, "lines" | "say" | "highest">;
type Data = [number[], ...(number | null)[][]];

function dataOf(points: readonly Point[], lines: readonly Line[]): Data {
  return [
    points.map(({ atMs }) => atMs / 1000),
    ...lines.map(({ key }) => points.map(({ values }) => values[key] ?? null)),
  ];
}

function clock(atMs: number): string {
  return new Date(atMs).toLocaleTimeString("en-GB");
}

/** Whether the page is dark; renders again when that changes. */
function useDark(): boolean {
  const query = useMemo(() => matchMedia("(prefers-color-scheme: dark)"), []);
  const [dark, setDark] = useState(query.matches);
  useEffect(() => {
    const changed = (): void => setDark(query.matches);
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, [query]);
  return dark;
}

function optionsFor(box: HTMLElement, { lines, say, highest }: Drawn): UPlot.Options {
  const style = getComputedStyle(box);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis: UPlot.Axis = {
    stroke: colour("--soft"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { stroke: colour("--line"), width: 1 },
    font: `12px ${style.fontFamily}`,
  };
  return {
    width: Math.max(1, box.clientWidth),
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 8, 0, 0],
    scales: { y: { range: (_, __, most) => [0, highest ?? (most > 0 ? most * 1.1 : 1)] } },
    axes: [
      { ...axis, values: (_, ticks) => ticks.map((tick) => clock(tick * 1000)), space: 80 },
      { ...axis, values: (_, ticks) => ticks.map(say), size: 64 },
    ],
    series: [
      {},
      ...lines.map(({ label }, index) => ({
        label,
        stroke: colour(`--line-${(index % DASHES.length) + 1}`),
        width: LINE_PX,
        dash: DASHES[index % DASHES.length] ?? [],
        points: { show: false },
      })),
    ],
  };
}

function Plot({ points, said, ...drawn }: Drawn & Pick<Props, "points"> & { said: string }) {
  const { lines } = drawn;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const dark = useDark();
  const names = lines.map(({ key }) => key).join();
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const chart = new UPlot(optionsFor(element, drawn), dataOf(points, lines), element);
    plot.current = chart;
    const observer = new ResizeObserver(() =>
      chart.setSize({ width: Math.max(1, element.clientWidth), height: HEIGHT_PX }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [names, dark]);
  useEffect(() => plot.current?.setData(dataOf(points, lines)), [points]);
  return <div class="plot" ref={box} role="img" aria-label={said} />;
}

/** A chart with its title, its newest figures, and a table of earlier ones. */
export function Chart({ title, about, points, ...drawn }: Props): ComponentChildren {
  const { lines, say } = drawn;
  const newest = points.at(-1);
  const sayOf = (point: Point | undefined, key: string): string => {
    const value = point?.values[key] ?? null;
    return value === null ? "–" : say(value);
  };
  const rows = points.toReversed().filter((_, index) => index % ROW_EVERY_POINTS === 0);
  const said = lines.map(({ key, label }) => `${label} ${sayOf(newest, key)}`).join(", ");
  return (
    <figure class="chart">
      <figcaption>
        <h2>{title}</h2>
        <p>{about}</p>
      </figcaption>
      <ul class="legend">
        {lines.map(({ key, label }, index) => (
          <li key={key} class={`line-${(index % DASHES.length) + 1}`}>
            <svg aria-hidden="true" viewBox="0 0 24 4" width="24" height="4">
              <line
                x1="0"
                y1="2"
                x2="24"
                y2="2"
                stroke-dasharray={DASHES[index % DASHES.length]?.join(" ")}
              />
            </svg>
            {label} <b>{sayOf(newest, key)}</b>
          </li>
        ))}
      </ul>
      <Plot {...drawn} points={points} said={`${title} over time. Now: ${said}`} />
      <details>
        <summary>{title} in figures</summary>
        <div class="rows" role="region" aria-label={`Table: ${title}`} tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">Time</th>
                {lines.map(({ key, label }) => (
                  <th key={key} scope="col">
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, ROWS).map((point) => (
                <tr key={point.atMs}>
                  <th scope="row">{clock(point.atMs)}</th>
                  {lines.map(({ key }) => (
                    <td key={key}>{sayOf(point, key)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}
