/** A live picture of a post's way: author, queue parts or author feeds, timelines, sockets. */
import type { ComponentChildren } from "preact";
import type { Cell, FanOut } from "../state/fan-out.ts";
import { compact } from "../words/wording.ts";

/** Dots on an edge in a second, at most; more would be a line. */
const DOTS_MAX_PER_S = 4;
const SIZES_MAX = 6;

interface Say {
  perSecond: (value: number) => string;
  milliseconds: (value: number) => string;
}

function CellBox({
  name,
  way,
  cell,
  lag,
  say,
}: {
  name: string;
  way: "push" | "pull" | "both";
  cell: Cell;
  /** What the lag is of. */
  lag: string;
  say: Say;
}): ComponentChildren {
  const { count, perSecond, lag50, lag99, missing } = cell;
  return (
    <li class={`cell ${way}`}>
      <h3>{name}</h3>
      {count !== null && (
        <p>
          <b>{compact(count)}</b>
          {perSecond !== null && ` · ${say.perSecond(perSecond)}`}
        </p>
      )}
      {lag50 !== null && lag99 !== null && (
        <p>
          {lag}: p50 {say.milliseconds(lag50)}, p99 {say.milliseconds(lag99)}
        </p>
      )}
      {missing !== "" && <p class="missing">{missing}</p>}
    </li>
  );
}

/** An edge that moves as often as something passes it; still while nothing does, or when all is past. */
function Edge({
  way,
  cell,
  past,
}: {
  way: "push" | "pull";
  cell: Cell;
  past: boolean;
}): ComponentChildren {
  const rate = Math.min(DOTS_MAX_PER_S, cell.perSecond ?? 0);
  const moves = !past && rate > 0 && (cell.count ?? 0) > 0;
  return (
    <li
      class={`edge ${way}${moves ? " moves" : ""}`}
      style={moves ? { "--every": `${Math.max(0.25, Math.min(4, 1 / rate))}s` } : undefined}
      aria-hidden="true"
    />
  );
}

function Sizes({ fanOut }: { fanOut: FanOut }): ComponentChildren {
  const known = fanOut.sizes.filter(({ size }) => size !== null).slice(0, SIZES_MAX);
  const largest = Math.max(1, ...known.map(({ size }) => size ?? 0));
  return (
    <section class="sizes" aria-label="Largest now">
      <h3>Largest now</h3>
      <ul>
        {known.map(({ name, size }) => (
          <li key={name}>
            <span>{name}</span>
            <i aria-hidden="true" style={{ inlineSize: `${(100 * (size ?? 0)) / largest}%` }} />
            <b>{compact(size ?? 0)}</b>
          </li>
        ))}
      </ul>
      {fanOut.sizesMissing !== "" && <p class="missing">{fanOut.sizesMissing}</p>}
    </section>
  );
}

/** The picture. @param say puts figures in words */
export function FanOutPicture({ fanOut, say }: { fanOut: FanOut; say: Say }): ComponentChildren {
  const { sinceMs, seconds, author, queues, pushed, feeds, pulled, sockets } = fanOut;
  const past = sinceMs !== null;
  const when =
    sinceMs === null
      ? `The last ${Math.round(seconds)} seconds`
      : `Nothing is on its way; all since ${new Date(sinceMs).toLocaleTimeString("en-GB")}`;
  return (
    <section class="fan-out" aria-labelledby="fan-out-title">
      <h2 id="fan-out-title">A post’s way</h2>
      <p class="about">{when}.</p>
      <div class="ways">
        <ul class="from">
          <CellBox name="Authors" way="both" cell={author} lag="" say={say} />
        </ul>
        <ul class="way" aria-label="Pushed to followers">
          <Edge way="push" cell={author} past={past} />
          <CellBox name="Queue parts" way="push" cell={queues} lag="waits" say={say} />
          <Edge way="push" cell={queues} past={past} />
          <CellBox name="Timelines" way="push" cell={pushed} lag="after the post" say={say} />
          <Edge way="push" cell={pushed} past={past} />
        </ul>
        <ul class="way" aria-label="Pulled by readers">
          <Edge way="pull" cell={feeds} past={past} />
          <CellBox name="Author feeds" way="pull" cell={feeds} lag="after the post" say={say} />
          <Edge way="pull" cell={pulled} past={past} />
          <CellBox name="Pages that pull" way="pull" cell={pulled} lag="" say={say} />
          <Edge way="pull" cell={pulled} past={past} />
        </ul>
        <ul class="to">
          <CellBox name="Sockets" way="both" cell={sockets} lag="" say={say} />
        </ul>
      </div>
      <Sizes fanOut={fanOut} />
    </section>
  );
}
