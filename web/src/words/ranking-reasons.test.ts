import { expect, test } from "vitest";
import type { Why } from "../../../client/src/wire.ts";
import { REASON_KINDS } from "../../../feed/rank/reason-kinds.ts";
import { wordedWhy } from "./ranking-reasons.ts";

const noor = { id: "1GB3Q7N8K0000001", handle: "noor", name: "Noor", avatarUrl: null };
const plain: Why = {
  score: 1.5,
  model: "a model",
  typical: 0,
  contributions: [],
  actions: [],
  reasons: [],
  adjustments: [],
};

test("contributions are worded, and sorted by size, whether up or down", () => {
  const contributions = [
    { group: "recency", contribution: 0.5 },
    { group: "authorAffinity", contribution: -2 },
    { group: "reply_rate", contribution: 1 },
  ];
  expect(wordedWhy({ ...plain, contributions })).toMatchObject({
    score: 1.5,
    contributions: [
      { what: "author affinity", value: -2 },
      { what: "reply rate", value: 1 },
      { what: "how new it is", value: 0.5 },
    ],
  });
});

test("reasons are sentences with the name of whom they are about, in their order", () => {
  const reasons: Why["reasons"] = [
    { kind: "oftenLiked", by: noor },
    { kind: "new" },
    { kind: "answersFollowed" },
    { kind: "own" },
  ];
  expect(wordedWhy({ ...plain, reasons }).sentences).toEqual([
    "You often like Noor",
    "New",
    "Answers somebody you follow",
    "Your own post",
  ]);
});

test("every kind of reason that the server knows has a sentence", () => {
  const sentences = REASON_KINDS.flatMap(
    (kind) => wordedWhy({ ...plain, reasons: [{ kind, by: noor }] }).sentences,
  );
  expect(new Set(sentences).size).toBe(REASON_KINDS.length);
  expect(sentences.join()).not.toContain("undefined");
});

test("a kind of reason that the page does not know is left out", () => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as of a newer server
  const reasons = [{ kind: "ofTomorrow" }, { kind: "new" }] as Why["reasons"];
  expect(wordedWhy({ ...plain, reasons }).sentences).toEqual(["New"]);
});

test("an adjustment that changes nothing is left out", () => {
  const adjustments = [
    { kind: "seen", factor: 1 },
    { kind: "more", factor: 2, by: noor },
  ];
  expect(wordedWhy({ ...plain, adjustments }).adjustments).toEqual([
    { what: "you asked for more", value: 2 },
  ]);
});
