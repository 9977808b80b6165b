/** The operations page: the live figures of a Skein, for administrators. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { SkeinError } from "../../../client/src/errors.ts";
import { inWords } from "../net/failure.ts";
import { enter, leave, type Watching, watchFigures, watching } from "../state/figures.ts";
import { type History, type Point, HEADS, STAGE, stagesOf } from "../state/figures-history.ts";
import { AdminUses } from "../parts/admin-uses.tsx";
import { FanOutPicture } from "../parts/fan-out.tsx";
import { Chart, type Line } from "../parts/chart.tsx";
import { Skeleton } from "../parts/notice.tsx";
import { useStore } from "../state/store.ts";
import { compact } from "../words/wording.ts";
import "../style/operations.css";
import "../style/fan-out.css";

/** Values below this are shown with one more digit. */
const PRECISE_BELOW = 10;

function perSecond(value: number): string {
  const rate = value < PRECISE_BELOW ? Number(value.toFixed(1)) : value;
  return `${compact(rate)}/s`;
}

function milliseconds(value: number): string {
  if (value < PRECISE_BELOW) return `${Number(value.toFixed(1))} ms`;
  return value < 1_000 ? `${Math.round(value)} ms` : `${Number((value / 1_000).toFixed(1))} s`;
}

/** A whole number; an axis also has values between. */
function whole(value: number): string {
  return Number.isInteger(value) ? compact(value) : "";
}

function percent(value: number): string {
  return `${Math.round(value * 100)} %`;
}

function refusal(failure: SkeinError): string {
  if (failure.code === "unauthenticated") return "That is not the ADMIN_TOKEN of this Skein.";
  if (failure.code === "not_found") return "This Skein has no ADMIN_TOKEN set, and so no figures.";
  return inWords(failure);
}

function TokenForm({ failure }: { failure: SkeinError | null }): ComponentChildren {
  const [empty, setEmpty] = useState(false);
  const problem = empty ? "Type the token first." : failure === null ? "" : refusal(failure);
  return (
    <form
      class="sign operations-sign"
      onSubmit={(event) => {
        event.preventDefault();
        const token = new FormData(event.currentTarget).get("admin-token");
        const typed = typeof token === "string" ? token.trim() : "";
        setEmpty(typed === "");
        if (typed !== "") enter(typed);
      }}
    >
      <label>
        <span>ADMIN_TOKEN</span>
        <input name="admin-token" type="password" autoComplete="off" spellcheck={false} />
        <small>
          On this machine it is in <code>.dev.vars</code>. It is kept until this tab is closed.
        </small>
      </label>
      <p class="problem" role="alert">
        {problem}
      </p>
      <button type="submit" class="primary">
        Show the figures
      </button>
    </form>
  );
}

const FLOW = [{ key: "posts", label: "Posts" }];
const DELIVERIES = [
  { key: "kept", label: "Delivered" },
  { key: "cold", label: "Dormant" },
  { key: "failed", label: "Failed" },
];
const LAG = [
  { key: "lag50", label: "p50" },
  { key: "lag99", label: "p99" },
];
const BACKLOG = [
  { key: "outbox", label: "Outbox rows" },
  { key: "queued", label: "Queued messages" },
];
const DEAD = [{ key: "deadLetters", label: "Dead letters" }];
const SHARES = [
  { key: "hot", label: "Pages from hot windows" },
  { key: "counts", label: "Counts from KV" },
  { key: `${HEADS}isolate`, label: "Celebrities: isolate" },
  { key: `${HEADS}near`, label: "data centre" },
  { key: `${HEADS}kv`, label: "KV" },
  { key: `${HEADS}outbox`, label: "author feed" },
];

function stageLines(history: History): Line[] {
  const stages = stagesOf(history).map((key) => ({ key, label: key.slice(STAGE.length) }));
  return [
    { key: "page50", label: "whole, p50" },
    { key: "page99", label: "whole, p99" },
    ...stages,
  ];
}

function Charts({ history }: { history: History }): ComponentChildren {
  const { points } = history;
  return (
    <div class="charts">
      <Chart title="Posts" about="Accepted" lines={FLOW} points={points} say={perSecond} />
      <Chart
        title="Deliveries"
        about="Posts and reposts delivered to followers' timelines"
        lines={DELIVERIES}
        points={points}
        say={perSecond}
      />
      <Chart
        title="Delivery lag"
        about="From the acceptance of a post to its delivery to a timeline"
        lines={LAG}
        points={points}
        say={milliseconds}
      />
      <Chart
        title="Backlog"
        about="Unfinished jobs, and messages that wait in queues"
        lines={BACKLOG}
        points={points}
        say={whole}
      />
      <Chart
        title="Dead letters"
        about="Jobs that failed for good, kept until an operator revives them"
        lines={DEAD}
        points={points}
        say={whole}
      />
      <Chart
        title="Timeline pages"
        about="Time to serve a page; stages at their p99"
        lines={stageLines(history)}
        points={points}
        say={milliseconds}
      />
      <Chart
        title="Cache hits"
        about="Where pages, counts and celebrities' posts came from"
        lines={SHARES}
        points={points}
        say={percent}
        highest={1}
      />
    </div>
  );
}

/** The most important figures. */
function Tiles({ point }: { point: Point }): ComponentChildren {
  const tile = (label: string, key: string, say: (value: number) => string, bad = false) => {
    const value = point.values[key] ?? null;
    return (
      <div class={bad && value !== null && value > 0 ? "tile bad" : "tile"}>
        <dt>{label}</dt>
        <dd>{value === null ? "–" : say(value)}</dd>
      </div>
    );
  };
  return (
    <dl class="tiles" aria-label="Now">
      {tile("Posts", "posts", perSecond)}
      {tile("Deliveries", "kept", perSecond)}
      {tile("Delivery lag, p99", "lag99", milliseconds)}
      {tile("Pages", "pages", perSecond)}
      {tile("Page time, p99", "page99", milliseconds)}
      {tile("Outbox rows", "outbox", compact)}
      {tile("Queued", "queued", compact)}
      {tile("Dead letters", "deadLetters", compact, true)}
    </dl>
  );
}

function Trouble({ failure, missing }: Pick<Watching, "failure" | "missing">): ComponentChildren {
  const problem =
    failure !== null
      ? `${inWords(failure)} Trying again; the figures below are older.`
      : missing.length > 0
        ? `Figures of these regions are missing: ${missing.join(", ")}.`
        : "";
  return (
    <p class="problem" role="status">
      {problem}
    </p>
  );
}

const SAY = { perSecond, milliseconds };

function Figures({ token }: { token: string }): ComponentChildren {
  const { history, failure, missing, loaded } = useStore(watching);
  useEffect(() => watchFigures(token), [token]);
  const newest = history.points.at(-1);
  const since = history.points[0];
  return (
    <>
      <p class="operations-line">
        {since === undefined
          ? "The first figures come in a moment."
          : `Every two seconds, since ${new Date(since.atMs).toLocaleTimeString("en-GB")}. Rates and times are those of the last ten seconds.`}
        <button type="button" class="quiet" onClick={leave}>
          Forget the token
        </button>
      </p>
      <Trouble failure={failure} missing={missing} />
      {history.fanOut !== null && <FanOutPicture fanOut={history.fanOut} say={SAY} />}
      {newest === undefined ? (
        (failure === null || loaded) && <Skeleton posts={2} />
      ) : (
        <>
          <Tiles point={newest} />
          <Charts history={history} />
          <AdminUses token={token} />
        </>
      )}
    </>
  );
}

/** The view of `/ops`. */
export default function Operations(): ComponentChildren {
  const { token, failure } = useStore(watching);
  useEffect(() => {
    document.title = "Operations · Skein";
  }, []);
  return (
    <section class="operations" aria-labelledby="operations-title">
      <h1 id="operations-title">Operations</h1>
      {token === null ? <TokenForm failure={failure} /> : <Figures token={token} />}
    </section>
  );
}
