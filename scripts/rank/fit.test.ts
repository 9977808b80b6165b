/**
 * Trains a model on a small simulated log and asserts the product's promise: for viewers of another
 * world it ranks what they truly like first, far better than simple orders. `MODEL_SEED` in the
 * environment chooses another run.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { HEADS } from "../../feed/rank/heads.ts";
import { logLineText, parseLogLine } from "../../feed/rank/training-log.ts";
import type { ModelDocument } from "../../feed/rank/model-document.ts";
import { parseModel } from "../../feed/rank/model-document.ts";
import { seedOr } from "../../test/model/seed.ts";
import { evaluateHeads, type HeadReport } from "./evaluate-heads.ts";
import { OrderMeter, type OrderReport } from "./evaluate-orders.ts";
import { ExampleRows, type Examples } from "./examples.ts";
import { fit, type FitOptions } from "./fit.ts";
import { orderTable } from "./report.ts";
import { attention, simulate } from "./simulator/simulate.ts";

const seed = seedOr(11);
const SIMULATED = { viewers: 120, pages: 30, items: 20 };
const OPTIONS: FitOptions = {
  name: "small",
  source: "a test",
  pages: SIMULATED.viewers * SIMULATED.pages,
  seed,
  hidden: 16,
  epochs: 12,
};
/** Training and measuring take about ten seconds; a busy machine may take many times that. */
const TIMEOUT_MS = 240_000;

let examples: Examples;
let model: ModelDocument;
let orders: Map<string, OrderReport>;
/** The same for each viewer's first page, before they have done anything. */
let coldOrders: Map<string, OrderReport>;
let heads: HeadReport[];
let summary: string;

beforeAll(async () => {
  const rows = new ExampleRows();
  // Through the text of the log, as with a product's log.
  for (const { line } of simulate({ seed, ...SIMULATED })) {
    const parsed = parseLogLine(logLineText(line));
    if (!parsed.ok) throw new Error(parsed.error);
    rows.add(parsed.line);
  }
  examples = rows.all();
  model = await fit(examples, OPTIONS);
  const heldOut = [...simulate({ seed: seed + 1, viewers: 60, pages: 12, items: 100 })];
  const worths = new Map(heldOut.map(({ line, worths: of }) => [line.page, of]));
  const [meter, cold] = [new OrderMeter(model, worths), new OrderMeter(model, worths)];
  const others = new ExampleRows();
  for (const { line } of heldOut) {
    meter.add(line);
    if (line.viewer.overall.seen === 0) cold.add(line);
    others.add(line);
  }
  const [report, coldReport] = [meter, cold].map((of) => of.report({ seed, rounds: 500 }));
  orders = byName(report ?? []);
  coldOrders = byName(coldReport ?? []);
  heads = evaluateHeads(model, others.all(), { seed, rounds: 100 });
  summary = `MODEL_SEED=${seed} repeats this.\n${orderTable([...orders.values(), ...coldOrders.values()])}`;
}, TIMEOUT_MS);

const byName = (report: readonly OrderReport[]) => new Map(report.map((row) => [row.order, row]));
const at10 = (order: string) => orders.get(order)?.at10?.value ?? Number.NaN;

describe("a model trained on a small log", () => {
  it.each(["recency only", "likes only", "as served"])(
    "ranks what viewers truly like first, clearly better than %s",
    (order) => {
      const margin = orders.get(order)?.behind;
      // The whole interval of the viewer-by-viewer difference is above 0, not just its middle.
      expect(margin?.low, summary).toBeGreaterThan(0.1);
      expect(at10("model"), summary).toBeGreaterThan(1.3 * at10(order));
    },
  );

  it.each(["recency only", "likes only"])(
    "orders the first page of a new viewer better than %s",
    (order) => {
      expect(coldOrders.get(order)?.behind?.low, summary).toBeGreaterThan(0.02);
    },
  );

  it("is better than the first-stage ranker alone", () => {
    expect(orders.get("first stage")?.behind?.low, summary).toBeGreaterThan(0);
  });

  it("is no better than the oracle", () => {
    expect(at10("oracle"), summary).toBeCloseTo(1, 9);
    expect(at10("model"), summary).toBeLessThan(1);
  });

  it("predicts for each common action who takes it, and how often", () => {
    for (const { head, positives, auc, observedOverPredicted } of heads) {
      if (positives < 100) continue;
      expect(auc?.low, `${head}; ${summary}`).toBeGreaterThan(0.55);
      expect(observedOverPredicted?.value, `${head}; ${summary}`).toBeGreaterThan(0.6);
      expect(observedOverPredicted?.value, `${head}; ${summary}`).toBeLessThan(1.6);
    }
    const common = heads.filter(({ positives }) => positives >= 100).map(({ head }) => head);
    expect(common, summary).toEqual(expect.arrayContaining(["like", "open", "dwell"]));
  });

  it("has learned how attention falls with position, separately from the items there", () => {
    // The true curve is (1 + position) to this power; for rare actions logit and logarithm agree.
    const truth = Math.log(attention(9)) / Math.log(10);
    for (const head of ["like", "open", "dwell"] as const) {
      const learned = model.training.positionEffect[HEADS.indexOf(head)] ?? 0;
      expect(learned, `${head}; ${summary}`).toBeLessThan(truth / 2);
      expect(learned, `${head}; ${summary}`).toBeGreaterThan(truth * 2);
    }
  });

  it("is a document that the Worker accepts", () => {
    expect(parseModel(JSON.stringify(model))).toEqual({ ok: true, model });
  });
});

describe("learning", () => {
  it(
    "from the same log and seed gives the same model",
    async () => {
      const short = { ...OPTIONS, epochs: 1 };
      expect(await fit(examples, short)).toEqual(await fit(examples, short));
    },
    TIMEOUT_MS,
  );

  it(
    "without one kind of action predicts that action as rare, and the others as before",
    async () => {
      const without = {
        ...examples,
        labels: examples.labels.map((label, at) =>
          at % HEADS.length === HEADS.indexOf("reply") ? 0 : label,
        ),
      };
      const learned = await fit(without, { ...OPTIONS, epochs: 2 });
      const reports = evaluateHeads(learned, without, { seed, rounds: 10 });
      const reply = reports.find(({ head }) => head === "reply");
      const like = reports.find(({ head }) => head === "like");
      expect(reply).toMatchObject({ positives: 0, auc: null });
      expect(reply?.logLoss?.value).toBeLessThan(0.01);
      expect(like?.auc?.value).toBeGreaterThan(0.6);
    },
    TIMEOUT_MS,
  );
});
