import { describe, expect, it } from "vitest";
import { original, repost } from "../../test/entries.ts";
import { hoursAgo, item, NOW_MS, personId, viewer } from "../../test/facts.ts";
import type { Id } from "../ids.ts";
import { DWELLED_MIN_MS, ENTRY_FRESH_MS, OWN_FRESH_MS } from "../limits.ts";
import type { Entry } from "../timeline/entry.ts";
import { diversify } from "./diversify.ts";
import { NO_ENGAGEMENT } from "./engagement.ts";
import type { ItemFacts } from "./facts.ts";
import { type Candidate, doneBefore, placeCandidates } from "./placing.ts";

const ME = personId(0);
const me = viewer();
/** The age of a fresh post in hours, and of the youngest that is not fresh. */
const OWN_FRESH_H = OWN_FRESH_MS / 3_600_000;

function candidate(entry: Entry, facts: Partial<ItemFacts> = {}, answered = false): Candidate {
  const { id, by, post } = entry;
  const known = { entry: id, post: post.id, author: post.author.id, by: by?.id ?? null };
  return { entry, facts: item({ ...known, reply: post.replyTo !== null, ...facts }), answered };
}

const postBy = (author: number, hours: number, n = author): Entry =>
  original({ id: hoursAgo(hours, n), author: personId(author) });

/** The entries in their order; the score of each is the number beside it. */
function orderOf(scored: readonly [Candidate, number][], by = me): Id[] {
  const scores = scored.map(([, score]) => score);
  const all = scored.map(([one]) => one);
  return diversify(placeCandidates(by, all, scores, NOW_MS)).map(({ id }) => id);
}

describe("a post that the viewer has done with", () => {
  const seen = { times: 1, dwellMs: 0, opened: false };
  const cases: [string, Partial<ItemFacts>, boolean][] = [
    ["liked", { liked: true }, false],
    ["reposted", { reposted: true }, false],
    ["answered", {}, true],
    ["read", { seen: { ...seen, dwellMs: DWELLED_MIN_MS } }, false],
    ["opened", { seen: { ...seen, opened: true } }, false],
    ["seen", { seen }, false],
  ];

  it.each(cases)("goes below a fresh one of lower score once it is %s", (_, facts, answered) => {
    const [best, other] = [postBy(1, 2), postBy(2, 3)];
    expect(
      orderOf([
        [candidate(best), 3],
        [candidate(other), 1],
      ])[0],
    ).toBe(best.id);
    const order = orderOf([
      [candidate(best, facts, answered), 3],
      [candidate(other), 1],
    ]);
    expect(order).toEqual([other.id, best.id]);
  });

  it.each(cases.slice(0, 5))(
    "goes below one that was only seen once it is %s",
    (_, facts, answered) => {
      const [best, other] = [postBy(1, 2), postBy(2, 3)];
      for (const sign of [1, -1]) {
        const scores = [2 * sign, 1.5 * sign].sort((a, b) => b - a);
        const order = orderOf([
          [candidate(best, facts, answered), scores[0] ?? 0],
          [candidate(other, { seen }), scores[1] ?? 0],
        ]);
        expect(order, `scores ${scores.join()}`).toEqual([other.id, best.id]);
      }
    },
  );

  it("is named by what the viewer did most", () => {
    expect(doneBefore(item({ liked: true, seen }), ME, true)).toBe("answered");
    expect(doneBefore(item({ liked: true, seen }), ME, false)).toBe("liked");
    expect(doneBefore(item({ author: ME }), ME, false)).toBe("wrote");
    expect(doneBefore(item(), ME, false)).toBeNull();
  });
});

describe("when a viewer comes back", () => {
  const seen = { times: 1, dwellMs: 0, opened: false };

  it("fresh posts that they have not seen come first, whatever the model says", () => {
    const known = Array.from({ length: 25 }, (_, n) => postBy(1 + n, 2, n));
    const news = Array.from({ length: 10 }, (_, n) => postBy(40 + n, 1, 40 + n));
    const scored = [
      ...known.map((entry): [Candidate, number] => [candidate(entry, { seen }), 5]),
      ...news.map((entry): [Candidate, number] => [candidate(entry), 0.1]),
    ];
    const first = orderOf(scored).slice(0, 10);
    expect(first.sort()).toEqual(news.map(({ id }) => id).sort());
  });

  it("an old post that they have not seen waits for fresh ones", () => {
    const old = postBy(1, ENTRY_FRESH_MS / 3_600_000 + 1);
    const fresh = postBy(2, 1);
    expect(
      orderOf([
        [candidate(old), 5],
        [candidate(fresh), 1],
      ]),
    ).toEqual([fresh.id, old.id]);
  });
});

describe("a reply of a stranger to a stranger", () => {
  const parent = { id: hoursAgo(5, 7), author: personId(7) };
  const reply = original({ id: hoursAgo(1, 6), author: personId(6), replyTo: parent });
  const plain = [1, 2, 3].map((n) => postBy(n, 3, n));
  const ordered = (by = me, entry = reply) =>
    orderOf(
      [[candidate(entry), 10], ...plain.map((one): [Candidate, number] => [candidate(one), 1])],
      by,
    );

  it("is below the first three, whatever its score", () => {
    expect(ordered().indexOf(reply.id)).toBe(3);
  });

  it("reposted by somebody else is below them, too", () => {
    const shared = repost(hoursAgo(1, 8), personId(8), {
      id: reply.id,
      author: personId(6),
      replyTo: parent,
    });
    expect(ordered(me, shared).indexOf(shared.id)).toBe(3);
  });

  it("leads if nothing else is left", () => {
    expect(orderOf([[candidate(reply), -1]])).toEqual([reply.id]);
  });

  it.each([
    ["its author", 6],
    ["whom it answers", 7],
  ])("leads if the viewer has liked posts of %s", (_, person) => {
    const liked = { ...NO_ENGAGEMENT, seen: 5, likes: 2, atMs: NOW_MS };
    expect(ordered(viewer({ authors: { [personId(person)]: liked } }))[0]).toBe(reply.id);
  });

  it("leads if it answers the viewer", () => {
    const toMe = original({
      ...reply.post,
      author: personId(6),
      replyTo: { ...parent, author: ME },
    });
    expect(ordered(me, toMe)[0]).toBe(reply.id);
  });
});

describe("the viewer's own newest post", () => {
  const own = (hours: number, n: number): Entry => original({ id: hoursAgo(hours, n), author: ME });
  const other = candidate(postBy(1, 1));

  it("is on top while it is fresh, unlike older ones", () => {
    const [first, second] = [own(OWN_FRESH_H * 0.2, 2), own(OWN_FRESH_H * 0.5, 1)];
    const order = orderOf([
      [candidate(second), -5],
      [other, 5],
      [candidate(first), -5],
    ]);
    expect(order).toEqual([first.id, other.entry.id, second.id]);
  });

  it("is below unseen posts of others once it is not fresh, whatever its score", () => {
    expect(
      orderOf([
        [candidate(own(OWN_FRESH_H, 1)), 9],
        [other, 5],
      ])[0],
    ).toBe(other.entry.id);
  });

  it("is never a repost by the viewer", () => {
    const shared = repost(hoursAgo(0), ME, { id: hoursAgo(3), author: personId(2) });
    expect(
      orderOf([
        [candidate(shared), -5],
        [other, 5],
      ])[0],
    ).toBe(other.entry.id);
  });
});
