import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { original, repost } from "../../test/entries.ts";
import { anyItem, anyViewer, hoursAgo, item, NOW_MS, personId, viewer } from "../../test/facts.ts";
import { ENGAGEMENT_HALF_LIFE_MS, VELOCITY_HALF_LIFE_MS } from "../limits.ts";
import { contentsOf, type ItemFacts, itemFacts, type ViewerFacts } from "./facts.ts";
import { FEATURE_COUNT, FEATURES, featureRows, GROUPS } from "./features.ts";

/** The features of one item by name. */
function features(of: ItemFacts, by: ViewerFacts = viewer()): Map<string, number> {
  const row = featureRows(by, [of], NOW_MS);
  return new Map(FEATURES.map(({ name }, column) => [name, row[column] ?? Number.NaN]));
}

const engaged = { seen: 10, dwellMs: 50_000, opens: 4, likes: 5, reposts: 1, replies: 2 };

describe("features", () => {
  it("have unique names, and every group has some", () => {
    expect(new Set(FEATURES.map(({ name }) => name)).size).toBe(FEATURE_COUNT);
    expect(new Set(FEATURES.map(({ group }) => group))).toEqual(new Set(GROUPS));
  });

  it("are finite and within their range, for any facts", () => {
    fc.assert(
      fc.property(anyViewer, fc.array(anyItem, { maxLength: 5 }), (by, items) => {
        const rows = featureRows(by, items, NOW_MS);
        expect(rows).toHaveLength(items.length * FEATURE_COUNT);
        rows.forEach((value, at) => {
          const feature = FEATURES[at % FEATURE_COUNT];
          const [low, high] = feature?.range ?? [0, 0];
          expect(value, feature?.name).toBeGreaterThanOrEqual(Math.fround(low));
          expect(value, feature?.name).toBeLessThanOrEqual(Math.fround(high));
        });
      }),
    );
  });

  it("of an item do not depend on the other items", () => {
    fc.assert(
      fc.property(anyViewer, fc.array(anyItem, { minLength: 1, maxLength: 5 }), (by, items) => {
        const rows = featureRows(by, items, NOW_MS);
        const alone = items.flatMap((one) => [...featureRows(by, [one], NOW_MS)]);
        expect([...rows]).toEqual(alone);
      }),
    );
  });

  it("are neutral where facts are unknown", () => {
    const known = features(item());
    const lifts = FEATURES.filter(({ unit }) => unit === "ln lift").map(({ name }) => name);
    expect(lifts.length).toBeGreaterThan(5);
    for (const name of [...lifts, "authorSeen", "followers", "followersKnown", "seenTimes"]) {
      expect(known.get(name), name).toBe(0);
    }
  });

  it("distinguish unknown followers from none", () => {
    expect(features(item({ followers: null })).get("followersKnown")).toBe(0);
    expect(features(item({ followers: 0 })).get("followersKnown")).toBe(1);
  });

  it("rise with the viewer's engagement with the author, for this author alone", () => {
    const overall = { ...engaged, seen: 500, atMs: NOW_MS };
    const fan = viewer({ overall, authors: { [personId(1)]: { ...engaged, atMs: NOW_MS } } });
    for (const name of ["authorLike", "authorReply", "authorOpen", "authorDwell"]) {
      expect(features(item(), fan).get(name), name).toBeGreaterThan(0.5);
      expect(features(item({ author: personId(2) }), fan).get(name), name).toBe(0);
    }
  });

  it("halve the viewer's engagement every two weeks", () => {
    const seen = (atMs: number) =>
      features(item(), viewer({ authors: { [personId(1)]: { ...engaged, atMs } } }));
    expect(seen(NOW_MS).get("authorSeen")).toBeCloseTo(Math.log1p(10));
    expect(seen(NOW_MS - ENGAGEMENT_HALF_LIFE_MS).get("authorSeen")).toBeCloseTo(Math.log1p(5));
  });

  it("take a repost's age from the repost, and the post's age from the post", () => {
    const reposted = item({ entry: hoursAgo(1), post: hoursAgo(30), by: personId(2) });
    expect(features(reposted).get("age")).toBeCloseTo(Math.log(2));
    expect(features(reposted).get("written")).toBeCloseTo(Math.log(31));
  });

  it("use the viewer's engagement with the reposter", () => {
    const fan = viewer({ authors: { [personId(2)]: { ...engaged, atMs: NOW_MS } } });
    expect(features(item({ by: personId(2) }), fan).get("bringerLike")).toBeGreaterThan(0.5);
    expect(features(item({ author: personId(2) }), fan).get("bringerLike")).toBe(0);
  });

  describe("of a post's velocity", () => {
    const counts = { likes: 20, reposts: 5, replies: 5 };
    const old = { entry: hoursAgo(29), counts };
    const lately = (sum: number, atMs = NOW_MS) => features(item({ ...old, pace: { sum, atMs } }));

    it("are the recent reactions per hour", () => {
      const hourly = 12 / Math.LN2;
      expect(lately(hourly).get("velocity")).toBeCloseTo(Math.log1p(12));
      const before = NOW_MS - VELOCITY_HALF_LIFE_MS;
      expect(lately(hourly, before).get("velocity")).toBeCloseTo(Math.log1p(6));
    });

    it("distinguish a post that surges from one that has stopped", () => {
      expect(lately(0).get("surge")).toBeCloseTo(-Math.log(2));
      expect(lately(1 / Math.LN2).get("surge")).toBeCloseTo(0);
      expect(lately(30).get("surge")).toBeGreaterThan(2);
    });

    it("are the mean over the post's life where the velocity is unknown", () => {
      const unknown = features(item(old));
      expect(unknown.get("velocity")).toBeCloseTo(Math.log1p(30 / 30));
      expect(unknown.get("surge")).toBe(0);
    });
  });
});

describe("facts of an entry", () => {
  const plain = original({ id: hoursAgo(1), author: personId(1) });

  it("come from the entry and from the facts beside it", () => {
    expect(itemFacts(plain, personId(0))).toEqual(
      item({ entry: plain.id, author: personId(1), chars: [...plain.post.text].length }),
    );
    const counts = { likes: 3, reposts: 2, replies: 1 };
    const known = { counts, followers: 9, viewer: { liked: true, reposted: false } };
    expect(itemFacts(plain, personId(0), known)).toMatchObject({
      counts,
      pace: null,
      followers: 9,
      liked: true,
      reposted: false,
    });
  });

  it("keep the velocity of published counts under the key `pace`", () => {
    const counts = { likes: 3, reposts: 2, replies: 1 };
    const velocity = { sum: 4.5, atMs: NOW_MS };
    const known = { counts, velocity };
    expect(itemFacts(plain, personId(0), known)).toMatchObject({ counts, pace: velocity });
  });

  it("distinguish a reply to the viewer from another reply", () => {
    const replyTo = { id: hoursAgo(5), author: personId(0) };
    const reply = original({ id: hoursAgo(1), author: personId(1), replyTo });
    expect(itemFacts(reply, personId(0))).toMatchObject({ reply: true, toViewer: true });
    expect(itemFacts(reply, personId(3))).toMatchObject({ reply: true, toViewer: false });
  });

  it("detect a link, and count code points instead of surrogates", () => {
    const factsOf = (text: string) =>
      itemFacts({ ...plain, post: { ...plain.post, text } }, personId(0));
    expect(factsOf("look: https://example.com/a")).toMatchObject({ link: true });
    expect(factsOf("https:// is how it begins")).toMatchObject({ link: false, chars: 25 });
    expect(factsOf("👋👋")).toMatchObject({ link: false, chars: 2 });
  });

  it("class a repost as a repost, whatever it shows, and also as a link if it has one", () => {
    const reposted = repost(hoursAgo(1), personId(2), { id: hoursAgo(2), author: personId(1) });
    expect(contentsOf(itemFacts(reposted, personId(0)))).toEqual(["repost"]);
    expect(contentsOf({ by: personId(2), reply: true, link: true })).toEqual(["repost", "link"]);
    expect(contentsOf({ by: null, reply: true, link: false })).toEqual(["reply"]);
  });
});
