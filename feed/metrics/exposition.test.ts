import { describe, expect, it } from "vitest";
import { type Accounts, exposition } from "./exposition.ts";
import { countIn, noSums, timeIn } from "./figures.ts";
import { backlogPoints, pointsOf } from "./analytics-points.ts";

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"`;
const SAMPLE = new RegExp(
  String.raw`^(${NAME})(?:\{(${LABEL}(?:,${LABEL})*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$`,
);

interface Sample {
  family: string;
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** Parses a text by the format's grammar. @throws at the first invalid line */
function parse(exposed: string): { samples: Sample[]; types: Map<string, string> } {
  if (!exposed.endsWith("\n")) throw new Error("the last line has no line end");
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  let family = "";
  for (const line of exposed.slice(0, -1).split("\n")) {
    const [, kind, named = "", rest] =
      new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`).exec(line) ?? [];
    if (kind === "TYPE") {
      if (types.has(named)) throw new Error(`a second group of ${named}`);
      types.set(named, rest ?? "");
      family = named;
    } else if (kind === undefined) {
      const [, name, labels = "", value] = SAMPLE.exec(line) ?? [];
      if (name === undefined) throw new Error(`invalid line: ${line}`);
      if (!name.startsWith(family)) throw new Error(`${name} is in the group of ${family}`);
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
      samples.push({
        family,
        name,
        labels: Object.fromEntries(pairs.map(([, label = "", said = ""]) => [label, said])),
        value: Number(value),
      });
    }
  }
  const keys = samples.map(({ name, labels }) => JSON.stringify([name, labels]));
  if (new Set(keys).size < keys.length) throw new Error("a sample occurs twice");
  return { samples, types };
}

function accounts(): Accounts {
  const weur = noSums();
  countIn(weur, "posts", 3);
  countIn(weur, "deliveries:kept", 30);
  countIn(weur, "of another version", 1);
  for (const tookMs of [0.4, 1, 3, 900, 90_000_000]) {
    timeIn(weur, "delivery_lag:timeline", tookMs);
  }
  const apac = noSums();
  countIn(apac, "posts", 1);
  timeIn(apac, 'page_stage:a "quoted"\\\nstage', 12);
  return { weur: { sinceMs: 1, sums: weur }, apac: { sinceMs: 2, sums: apac } };
}

const backlog = { outbox: 7, deadLetters: 0, queues: { FANOUT_0: 2, FANOUT_1: null } };

describe("the text", () => {
  const { samples, types } = parse(exposition(accounts(), backlog));
  const valueOf = (name: string, labels: Record<string, string>): number | undefined =>
    samples.find(
      (sample) => sample.name === name && JSON.stringify(sample.labels) === JSON.stringify(labels),
    )?.value;

  it("has the sums of each region, and no total that could fall", () => {
    expect(valueOf("skein_posts_total", { region: "weur" })).toBe(3);
    expect(valueOf("skein_posts_total", { region: "apac" })).toBe(1);
    expect(samples.filter(({ name }) => name === "skein_posts_total")).toHaveLength(2);
    expect(valueOf("skein_deliveries_total", { region: "weur", outcome: "kept" })).toBe(30);
  });

  it("describes each family, and leaves out figures of another version", () => {
    expect(types.get("skein_posts_total")).toBe("counter");
    expect(types.get("skein_delivery_lag_seconds")).toBe("histogram");
    expect(types.get("skein_outbox_rows")).toBe("gauge");
    expect(samples.every(({ family }) => types.has(family))).toBe(true);
    expect(exposition(accounts(), backlog)).not.toContain("another version");
  });

  it("has histograms in seconds, whose buckets add up to their count", () => {
    const buckets = samples.filter(({ name }) => name === "skein_delivery_lag_seconds_bucket");
    const counts = buckets.map(({ value }) => value);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    const bounds = buckets.slice(0, -1).map(({ labels }) => Number(labels["le"]));
    expect(bounds).toEqual(bounds.toSorted((a, b) => a - b));
    const at = { region: "weur", to: "timeline" };
    expect(buckets.at(-1)).toMatchObject({ labels: { ...at, le: "+Inf" }, value: 5 });
    expect(valueOf("skein_delivery_lag_seconds_count", at)).toBe(5);
    expect(valueOf("skein_delivery_lag_seconds_sum", at)).toBeCloseTo(90_000.9044);
    expect(valueOf("skein_delivery_lag_seconds_bucket", { ...at, le: "0.001" })).toBe(2);
    expect(valueOf("skein_delivery_lag_seconds_bucket", { ...at, le: "0.004" })).toBe(3);
    expect(valueOf("skein_delivery_lag_seconds_bucket", { ...at, le: "1.024" })).toBe(4);
  });

  it("escapes the values of labels", () => {
    const stage = samples.find(({ name }) => name === "skein_page_stage_seconds_count");
    expect(stage?.labels["stage"]).toBe(String.raw`a \"quoted\"\\\nstage`);
  });

  it("leaves out unknown values", () => {
    expect(valueOf("skein_outbox_rows", {})).toBe(7);
    expect(valueOf("skein_dead_letters", {})).toBe(0);
    const queues = samples.filter(({ name }) => name === "skein_queue_messages");
    expect(queues.map(({ labels }) => labels["queue"])).toEqual(["FANOUT_0"]);
    const nothing = exposition({}, { outbox: null, deadLetters: null, queues: {} });
    expect(nothing.trim()).toBe("");
  });
});

describe("data points", () => {
  it("have a figure, its label and its region, within the platform's limits", () => {
    const points = pointsOf(accounts().weur?.sums ?? noSums(), "weur");
    const of = (figure: string) => points.find(({ blobs }) => blobs[0] === figure);
    expect(of("posts")).toEqual({
      indexes: ["posts"],
      blobs: ["posts", "", "weur"],
      doubles: [3],
    });
    expect(of("delivery_lag")?.blobs).toEqual(["delivery_lag", "timeline", "weur"]);
    expect(of("delivery_lag")?.doubles.slice(0, 2)).toEqual([5, 90_000_904.4]);
    expect(points).toHaveLength(3);
    for (const { doubles } of points) expect(doubles.every(Number.isFinite)).toBe(true);
  });

  it("of backlogs leave out unknown ones", () => {
    expect(backlogPoints(backlog).map(({ blobs, doubles }) => [...blobs, ...doubles])).toEqual([
      ["outbox_rows", "", "", 7],
      ["dead_letters", "", "", 0],
      ["queue_messages", "FANOUT_0", "", 2],
    ]);
  });
});
