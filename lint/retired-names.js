import { z } from "zod";

/**
 * Names that were retired because they were a private language, or had two meanings. Each maps to its
 * replacement; docs/glossary.md says what the replacement means.
 */
const RETIRED = new Map(
  Object.entries({
    About: "PostTraits",
    Ask: "a name that ends in Query or Request",
    Attention: "EngagementHistory",
    AuthorOutbox: "AuthorFeed",
    Deed: "EngagementDelta",
    Deeds: "EngagementRecorder",
    Known: "a name that says what is known",
    Ledger: "MetricsAggregator or Aggregator",
    Regard: "ViewerReactions",
    Standing: "RankingContext",
    Stretch: "ScrollRange",
    Told: "LastPublished",
    WarmAsk: "ReadContext",
    Weighed: "CandidateContext",
    attend: "recordImpressions",
    credit: "recordEngagement",
    hear: "applyTallies, or the verb of what happens",
    noteReposted: "rememberReposts",
    readWarm: "readRecent",
    regard: "viewerReactions",
    standing: "activeRelations, stillVisible, rankingContext or rates",
    takenForShown: "assumedShownFrom",
    weigh: "readCandidateContext",
  }),
);

/** Words that no name may contain, as `steadyPace` contains "pace". */
const RETIRED_WORDS = new Map(
  Object.entries({
    attention: "engagement history",
    bringer: "reposter",
    deed: "engagement delta",
    deeds: "engagement deltas",
    ledger: "metrics aggregator, or snapshot",
    pace: "velocity",
    paces: "velocities",
    told: "published",
    untold: "pending",
    weighed: "candidate context",
  }),
);

const Options = z.strictObject({
  words: z.record(z.string(), z.string()).default({}),
  wire: z.array(z.string()).default([]),
});

/**
 * Refuses retired identifiers, so that one word keeps one meaning. It checks names alone, and no prose,
 * strings or SQL. Options, for the files of an override:
 *
 * - `words`: more words to refuse there, each with the term to use instead;
 * - `wire`: retired names that storage or the wire uses, and that these files may contain.
 *
 * @type {import("./rule.ts").Rule}
 */
export const retiredNames = {
  meta: { schema: false },
  create(context) {
    const { words, wire } = Options.parse(context.options[0] ?? {});
    const more = new Map(Object.entries(words));
    const allowed = new Set(wire);
    /**
     * @param {string} name
     * @param {{ range: [number, number] }} node
     */
    const check = (name, node) => {
      const term = replacement(name, more);
      if (term === null || allowed.has(name)) return;
      context.report({ node, message: `"${name}" is retired. Use ${term}.` });
    };
    return {
      Identifier: (node) => check(node.name, node),
      PrivateIdentifier: (node) => check(node.name, node),
    };
  },
};

/**
 * The term to use in place of a name; null if the name is fine.
 *
 * @param {string} name
 * @param {ReadonlyMap<string, string>} more Words that these files refuse as well.
 */
function replacement(name, more) {
  const exact = RETIRED.get(name);
  if (exact !== undefined) return exact;
  for (const word of wordsOf(name)) {
    const term = RETIRED_WORDS.get(word) ?? more.get(word);
    if (term !== undefined) return term;
  }
  return null;
}

/**
 * The words of a name, in lower case: "NO_PACE" and "steadyPace" both hold "pace".
 *
 * @param {string} name
 */
function wordsOf(name) {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[_$#]+/);
}
