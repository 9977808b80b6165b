import { RuleTester } from "oxlint/plugins-dev";
import { describe, it } from "vitest";
import { retiredNames } from "./retired-names.js";

RuleTester.describe = describe;
RuleTester.it = it;

const OUTBOX = [{ words: { outbox: "author feed" }, wire: ["pace"] }];

new RuleTester().run("retired-names", retiredNames, {
  valid: [
    "const weight = weightOf(post);",
    "const spaces = backspace;",
    'const text = "what is told is known";',
    "// a deed",
    "store.outbox.put(jobs);",
    { code: "facts.pace = velocity;", options: OUTBOX },
    { code: "const authorFeed = feeds.get(author);", options: OUTBOX },
  ],
  invalid: [
    { code: "function takenForShown() {}", errors: 1 },
    { code: "class Ledger {}", errors: 1 },
    { code: "class Counter { #told = 0; }", errors: 1 },
    { code: "const steadyPace = 1;", errors: 1 },
    { code: "const LEDGER_TIMEOUT_MS = 1;", errors: 1 },
    { code: "home.attend(report);", errors: 1 },
    { code: "const { regard: reactions } = view;", errors: 1 },
    {
      code: "const outboxes = new Map();",
      options: [{ words: { outboxes: "author feeds" } }],
      errors: 1,
    },
    { code: "facts.paces = [];", options: OUTBOX, errors: 1 },
  ],
});
