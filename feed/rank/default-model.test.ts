import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hoursAgo, item, NOW_MS, personId, viewer } from "../../test/facts.ts";
import { reactionsIn } from "../timeline/entry.ts";
import { DEFAULT_MODEL } from "./default-model.ts";
import type { ItemFacts, ViewerFacts } from "./facts.ts";
import { featureRows } from "./features.ts";
import { parseModel } from "./model-document.ts";
import { compileModel, predict, scoresOf } from "./model.ts";

const model = compileModel(DEFAULT_MODEL);
const scoresFor = (by: ViewerFacts, items: readonly ItemFacts[]) => [
  ...scoresOf(model, predict(model, featureRows(by, items, NOW_MS))),
];

describe("the model that ships", () => {
  it("is valid, and names the simulator as its source", () => {
    expect(parseModel(JSON.stringify(DEFAULT_MODEL))).toEqual({ ok: true, model: DEFAULT_MODEL });
    expect(DEFAULT_MODEL.training.source).toContain("rank:simulate");
  });

  it("never ranks the same post higher for being older", () => {
    const post = fc.record({
      counts: fc.constantFrom(
        { likes: 0, reposts: 0, replies: 0 },
        { likes: 30, reposts: 4, replies: 3 },
      ),
      followers: fc.constantFrom(null, 20, 5_000),
      link: fc.boolean(),
      reply: fc.boolean(),
      chars: fc.integer({ min: 5, max: 280 }),
    });
    const likes = fc.constantFrom(0, 6);
    fc.assert(
      fc.property(post, likes, fc.boolean(), (facts, liked, counted) => {
        const engaged = { seen: 20, dwellMs: 6e4, opens: 2, reposts: 0, replies: 0 };
        const authors = { [personId(1)]: { ...engaged, likes: liked, atMs: NOW_MS } };
        const by = viewer({ authors });
        const ages = [0.5, 2, 8, 24, 72, 240].map((h) => {
          const atFirst = { sum: reactionsIn(facts.counts), atMs: NOW_MS - h * 3_600_000 };
          return item({ ...facts, entry: hoursAgo(h), pace: counted ? atFirst : null });
        });
        const scores = scoresFor(by, ages);
        expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      }),
    );
  });

  it("prefers authors whom the viewer likes, replies to the viewer, and unseen posts", () => {
    const engaged = { seen: 20, dwellMs: 9e4, opens: 6, likes: 8, reposts: 1, replies: 2 };
    const by = viewer({ authors: { [personId(1)]: { ...engaged, atMs: NOW_MS } } });
    const [liked = 0, stranger = 0, answer = 0, seen = 0] = scoresFor(by, [
      item({ author: personId(1) }),
      item({ author: personId(2) }),
      item({ author: personId(2), reply: true, toViewer: true }),
      item({ author: personId(1), seen: { times: 2, dwellMs: 4_000, opened: false } }),
    ]);
    expect(liked).toBeGreaterThan(stranger);
    expect(answer).toBeGreaterThan(stranger);
    expect(seen).toBeLessThan(liked);
  });

  it("prefers a post with recent reactions to one with as many old reactions", () => {
    const counts = { likes: 40, reposts: 6, replies: 4 };
    const old = { entry: hoursAgo(24), followers: 500, counts };
    const [surging = 0, unknown = 0, over = 0] = scoresFor(viewer(), [
      item({ ...old, pace: { sum: 25, atMs: NOW_MS } }),
      item(old),
      item({ ...old, pace: { sum: 0, atMs: NOW_MS } }),
    ]);
    expect(surging).toBeGreaterThan(1.2 * over);
    expect(surging).toBeGreaterThan(unknown);
  });

  it("ranks fresh and popular posts first for a new viewer", () => {
    const counts = { likes: 20, reposts: 3, replies: 2 };
    const [fresh = 0, old = 0, loved = 0] = scoresFor(viewer(), [
      item({ entry: hoursAgo(1), followers: 500 }),
      item({ entry: hoursAgo(30), followers: 500 }),
      item({ entry: hoursAgo(1), followers: 500, counts }),
    ]);
    expect(fresh).toBeGreaterThan(old);
    expect(loved).toBeGreaterThan(fresh);
  });
});
