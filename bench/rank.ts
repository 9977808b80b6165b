/**
 * `npm run rank:bench`: the time that ranking 1,000 candidates takes with the model that ships, stage by
 * stage, on one core. Each stage runs until it is warm, then many times; the table has the median and
 * the 99th percentile. Times depend on the machine, so the table also gives each stage as a multiple of
 * a floor from the same run: sorting the same candidates by time.
 */
import { diversify } from "../feed/rank/diversify.ts";
import { DEFAULT_MODEL } from "../feed/rank/default-model.ts";
import { explain } from "../feed/rank/explain.ts";
import { FEATURE_COUNT, featureRows } from "../feed/rank/features.ts";
import { firstStageScores } from "../feed/rank/first-stage-ranker.ts";
import { RANK_CANDIDATES_MAX } from "../feed/limits.ts";
import { compileModel, predict, scoresOf } from "../feed/rank/model.ts";
import { hoursAgo, item, NOW_MS, personId, viewer } from "../test/facts.ts";
import { randomOf } from "../scripts/rank/simulator/draws.ts";

const CANDIDATES = 1_000;
const AUTHORS = 150;
const WARM_UP_ROUNDS = 200;
const ROUNDS = 500;

const random = randomOf(1);
const model = compileModel(DEFAULT_MODEL);
const authors = Object.fromEntries(
  Array.from({ length: AUTHORS }, (_, n) => [
    personId(n),
    {
      seen: random.below(100),
      dwellMs: random.below(1e5),
      opens: random.below(9),
      likes: random.below(9),
      reposts: random.below(3),
      replies: random.below(3),
      atMs: NOW_MS - random.below(1e9),
    },
  ]),
);
const by = viewer({ authors });
const items = Array.from({ length: CANDIDATES }, (_, n) =>
  item({
    entry: hoursAgo(random.next() * 100, n),
    author: personId(random.below(AUTHORS)),
    reply: random.chance(0.3),
    chars: random.below(280),
    link: random.chance(0.2),
    counts: { likes: random.below(500), reposts: random.below(50), replies: random.below(50) },
    followers: random.below(10_000),
  }),
);
const rows = featureRows(by, items, NOW_MS);
const predicted = predict(model, rows);
const scores = scoresOf(model, predicted);
const scored = items.map(({ entry, author }, n) => ({
  id: entry,
  people: [author],
  score: scores[n] ?? 0,
}));
/** The worst case: every place breaks a rule, so that each looks at all items that are left. */
const worst = scored
  .slice(0, RANK_CANDIDATES_MAX)
  .map(({ id }) => ({ id, people: [personId(0)], score: 1 }));
/** Items that one page explains. */
const PAGE = 20;

const stages: [string, () => unknown][] = [
  ["newest first", () => items.toSorted((a, b) => (a.entry < b.entry ? 1 : -1))],
  ["first stage", () => firstStageScores(by, items, NOW_MS)],
  ["features", () => featureRows(by, items, NOW_MS)],
  ["model", () => scoresOf(model, predict(model, rows))],
  [`diversity of ${RANK_CANDIDATES_MAX}`, () => diversify(scored.slice(0, RANK_CANDIDATES_MAX))],
  [`diversity of ${RANK_CANDIDATES_MAX}, the worst case`, () => diversify(worst)],
  [
    `explaining ${PAGE} items`,
    () => {
      for (let n = 0; n < PAGE; n++) {
        explain(model, rows.subarray(n * FEATURE_COUNT, (n + 1) * FEATURE_COUNT));
      }
    },
  ],
];

console.log(`${CANDIDATES} candidates of ${AUTHORS} authors, ${ROUNDS} rounds.\n`);
console.log("| stage | median | p99 | × newest first |");
console.log("| --- | --- | --- | --- |");
let baselineMs = 0;
for (const [name, run] of stages) {
  const { median, p99 } = measure(run);
  baselineMs ||= median;
  const figures = [
    `${median.toFixed(3)} ms`,
    `${p99.toFixed(3)} ms`,
    (median / baselineMs).toFixed(1),
  ];
  console.log(`| ${[name, ...figures].join(" | ")} |`);
}

function measure(run: () => unknown): { median: number; p99: number } {
  for (let n = 0; n < WARM_UP_ROUNDS; n++) run();
  const times = Array.from({ length: ROUNDS }, () => {
    const startMs = performance.now();
    run();
    return performance.now() - startMs;
  }).sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(share * (times.length - 1))] ?? 0;
  return { median: at(0.5), p99: at(0.99) };
}
