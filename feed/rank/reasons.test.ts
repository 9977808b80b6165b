import { describe, expect, it } from "vitest";
import { hoursAgo, item, NOW_MS, personId, viewer } from "../../test/facts.ts";
import { DEFAULT_MODEL } from "./default-model.ts";
import { NO_ENGAGEMENT } from "./engagement.ts";
import type { ItemFacts } from "./facts.ts";
import { compileModel } from "./model.ts";
import { adjustmentsOf } from "./placing.ts";
import { explainAll } from "./rank.ts";
import { REASON_KINDS } from "./reason-kinds.ts";
import { reasonsOf } from "./reasons.ts";
import { NO_STEERING, type Steering, tasteFactors } from "./steering.ts";

const model = compileModel(DEFAULT_MODEL);
const ME = personId(0);
const [NOOR, LENA] = [personId(1), personId(2)];
const usual = { ...NO_ENGAGEMENT, seen: 100, likes: 5, opens: 8, replies: 1, atMs: NOW_MS };
const old = hoursAgo(5);

function kinds(
  changed: Partial<ItemFacts>,
  {
    with: engagement = {},
    steering = NO_STEERING,
    answered = false,
  }: {
    with?: Partial<typeof usual>;
    steering?: Steering;
    answered?: boolean;
  } = {},
): [string, string?][] {
  const facts = item({ entry: old, author: NOOR, ...changed });
  const authors = { [NOOR]: { ...NO_ENGAGEMENT, atMs: NOW_MS, ...engagement } };
  const me = viewer({ overall: usual, authors });
  const [explanation] = explainAll(model, me, [facts], { steering, nowMs: NOW_MS });
  if (explanation === undefined) throw new Error("an item has no explanation");
  const adjustments = adjustmentsOf({ ...facts, answered }, ME, tasteFactors(steering.tastes));
  return reasonsOf(me, { facts, explanation, adjustments }, NOW_MS).map(({ kind, user }) =>
    user === undefined ? [kind] : [kind, user],
  );
}

const seen = { times: 1, dwellMs: 0, opened: false };
const tasteOf = (taste: "more" | "less"): Steering => ({
  ...NO_STEERING,
  tastes: [{ post: hoursAgo(9), author: NOOR, taste }],
});

describe("the reasons of an item", () => {
  it.each<[string, ReturnType<typeof kinds>, [string, string?]]>([
    ["own post", kinds({ author: ME }), ["own"]],
    ["answer to the viewer", kinds({ reply: true, toViewer: true }), ["answersYou"]],
    ["author often liked", kinds({}, { with: { seen: 10, likes: 6 } }), ["oftenLiked", NOOR]],
    [
      "author often answered",
      kinds({}, { with: { seen: 10, replies: 3 } }),
      ["oftenAnswered", NOOR],
    ],
    [
      "author often reposted",
      kinds({}, { with: { seen: 10, reposts: 3 } }),
      ["oftenReposted", NOOR],
    ],
    ["author often opened", kinds({}, { with: { seen: 10, opens: 6 } }), ["oftenRead", NOOR]],
    ["repost", kinds({ by: LENA }), ["repostedBy", LENA]],
    ["entry of half an hour ago", kinds({ entry: hoursAgo(0.5) }), ["new"]],
    ["answer to somebody else", kinds({ reply: true }), ["answersFollowed"]],
    ["taste for its author", kinds({}, { steering: tasteOf("more") }), ["askedMore", NOOR]],
    ["taste against its author", kinds({}, { steering: tasteOf("less") }), ["askedLess", NOOR]],
    ["post that was liked", kinds({ liked: true }), ["likedBefore"]],
    ["post that was reposted", kinds({ reposted: true }), ["repostedBefore"]],
    ["post that was answered", kinds({}, { answered: true }), ["answeredBefore"]],
    ["post that was read", kinds({ seen: { ...seen, opened: true } }), ["readBefore"]],
    ["post that was seen", kinds({ seen }), ["seenBefore"]],
    [
      "post with many reactions",
      kinds({ counts: { likes: 500, reposts: 90, replies: 60 } }),
      ["popular"],
    ],
    [
      "post that many react to now",
      kinds({
        counts: { likes: 50, reposts: 9, replies: 6 },
        pace: { sum: 100, atMs: NOW_MS },
      }),
      ["rising"],
    ],
    ["post of a followed author", kinds({}), ["followed", NOOR]],
  ])("name it if it is an %s", (_, found, reason) => {
    expect(found).toContainEqual(reason);
    expect(REASON_KINDS).toContain(reason[0]);
  });

  it("name no habit with an author whom the viewer treats like everybody", () => {
    expect(kinds({}, { with: { seen: 60, likes: 3, opens: 5 } })).toEqual([["followed", NOOR]]);
    expect(kinds({}, { with: { seen: 1, likes: 1 } })).toEqual([["followed", NOOR]]);
  });

  it("call nothing old new, and nothing popular that hardly anybody reacts to", () => {
    const found = kinds({ entry: hoursAgo(2), counts: { likes: 3, reposts: 0, replies: 0 } });
    expect(found).toEqual([["followed", NOOR]]);
  });
});
