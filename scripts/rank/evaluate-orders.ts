/** Measures a model's order, beside simple orders of the same items. */
import { diversify } from "../../feed/rank/diversify.ts";
import { featureRows } from "../../feed/rank/features.ts";
import { HEADS, PUBLISHED_WEIGHTS } from "../../feed/rank/heads.ts";
import { firstStageScores } from "../../feed/rank/first-stage-ranker.ts";
import { examined, labelsOf, type LoggedItem, type LogLine } from "../../feed/rank/training-log.ts";
import { compileModel, predict, scoresOf } from "../../feed/rank/model.ts";
import type { ModelDocument } from "../../feed/rank/model-document.ts";
import { placeables } from "../../feed/rank/placing.ts";
import { bootstrap, meanOf, type Resampling } from "./bootstrap.ts";
import { type Figure, ndcg } from "./metrics.ts";

/** NDCG of one order of pages, and the model's advantage over it on the same pages. */
export interface OrderReport {
  order: string;
  at10: Figure | null;
  at20: Figure | null;
  /** NDCG@10 of the model minus this order's, viewer by viewer; null for the model itself. */
  behind: Figure | null;
}

/** The true worth of each item of a page, by the page's id; only the simulator knows it. */
export type Worths = ReadonlyMap<string, readonly number[]>;

type Scores = ArrayLike<number>;
type Order = (page: LogLine, items: readonly LoggedItem[], gains: readonly number[]) => Scores;

const PLAIN_ORDERS: ReadonlyMap<string, Order> = new Map<string, Order>([
  ["first stage", (page, items) => firstStageScores(page.viewer, items, page.atMs)],
  ["recency only", (_, items) => recencyOf(items)],
  ["likes only", (_, items) => items.map(({ counts }) => counts.likes)],
  ["as served", (_, items) => items.map(({ position }) => -position)],
]);

/** The steepest accepted effect of position, 1/position: beyond it single items would decide. */
const EFFECT_MIN = -1;

/** Sums of NDCG over a viewer's pages. */
interface Sums {
  at10: number;
  at20: number;
  pages: number;
}

/**
 * Orders the items of each page and measures the gains at the top. With `worths`, all items of a page
 * count, and the oracle is one of the orders. Without, an item gains by the viewer's actions, at the
 * published weights, and only items that the viewer reached count.
 */
export class OrderMeter {
  readonly #orders: ReadonlyMap<string, Order>;
  readonly #worths: Worths | null;
  readonly #positionEffect: readonly number[];
  /** By order, then by viewer. */
  readonly #sums: ReadonlyMap<string, Map<string, Sums>>;

  constructor(document: ModelDocument, worths: Worths | null) {
    this.#worths = worths;
    this.#positionEffect = document.training.positionEffect;
    this.#orders = new Map<string, Order>([
      ["model", modelOrder(document)],
      ["model, diversified", diversifiedOrder(document)],
      ...PLAIN_ORDERS,
      ...(worths === null
        ? []
        : [["oracle", (_page, _items, gains) => gains] satisfies [string, Order]]),
    ]);
    this.#sums = new Map([...this.#orders.keys()].map((order) => [order, new Map()]));
  }

  /** A page without any gain says nothing about an order, and is left out. */
  add(page: LogLine): void {
    const worths = this.#worths?.get(page.page);
    if (this.#worths !== null && worths === undefined) return;
    const items = worths === undefined ? examined(page) : page.items;
    const gains = worths ?? items.map((item) => gainOf(item, this.#positionEffect));
    for (const [order, scoresFor] of this.#orders) {
      const ordered = inOrder(items, gains, scoresFor(page, items, gains));
      const [at10, at20] = [ndcg(ordered, 10), ndcg(ordered, 20)];
      if (at10 === null || at20 === null) return;
      const viewers = this.#sums.get(order);
      const before = viewers?.get(page.viewer.id) ?? { at10: 0, at20: 0, pages: 0 };
      viewers?.set(page.viewer.id, {
        at10: before.at10 + at10,
        at20: before.at20 + at20,
        pages: before.pages + 1,
      });
    }
  }

  /** The results: means over viewers of means over their pages. */
  report(resampling: Resampling): OrderReport[] {
    const means = (order: string, at: "at10" | "at20") =>
      [...(this.#sums.get(order)?.values() ?? [])].map((sums) => sums[at] / sums.pages);
    const interval = (values: readonly number[]) =>
      bootstrap(values.length, (times) => meanOf(values, times), resampling);
    const model = means("model", "at10");
    return [...this.#orders.keys()].map((order) => {
      const at10 = means(order, "at10");
      // Viewers come in the same order for each way of ordering.
      const behind = at10.map((value, viewer) => (model[viewer] ?? 0) - value);
      return {
        order,
        at10: interval(at10),
        at20: interval(means(order, "at20")),
        behind: order === "model" ? null : interval(behind),
      };
    });
  }
}

function modelOrder(document: ModelDocument): Order {
  const model = compileModel(document);
  return (page, items) =>
    scoresOf(model, predict(model, featureRows(page.viewer, items, page.atMs)));
}

/** The order that a page has: the model's, diversified. A log does not say whom a reply answers. */
function diversifiedOrder(document: ModelDocument): Order {
  const scoresFor = modelOrder(document);
  return (page, items, gains) => {
    const placed = diversify(
      placeables(page.viewer, items, scoresFor(page, items, gains), page.atMs),
    );
    const places = new Map(placed.map(({ item }, place) => [item, place]));
    return items.map((item) => -(places.get(item) ?? items.length));
  };
}

/** Ids sort by time, so their rank is a score for recency. */
function recencyOf(items: readonly LoggedItem[]): Scores {
  const newestLast = items.map(({ entry }) => entry).toSorted();
  const ranks = new Map(newestLast.map((entry, rank) => [entry, rank]));
  return items.map(({ entry }) => ranks.get(entry) ?? 0);
}

/** Gains in the order of scores, equal scores newest first. */
function inOrder(items: readonly LoggedItem[], gains: readonly number[], scores: Scores): number[] {
  return items
    .map(({ entry }, n) => ({ entry, gain: gains[n] ?? 0, score: scores[n] ?? 0 }))
    .sort((a, b) => b.score - a.score || (a.entry < b.entry ? 1 : -1))
    .map(({ gain }) => gain);
}

/**
 * The observed worth of an item: 0 if its author was hidden. Viewers look less at low positions, so an
 * action there counts for more, by the inverse of the effect that the model has learned. Otherwise the
 * order in which the page was served would look best, whatever it was.
 */
function gainOf({ did, position }: LoggedItem, positionEffect: readonly number[]): number {
  if (did.hidden) return 0;
  const done = labelsOf(did);
  return HEADS.reduce((sum, head, n) => {
    const looked = (1 + position) ** Math.max(EFFECT_MIN, Math.min(0, positionEffect[n] ?? 0));
    return sum + (done[head] ? PUBLISHED_WEIGHTS[head] / looked : 0);
  }, 0);
}
