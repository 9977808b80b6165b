import { RuleTester } from "oxlint/plugins-dev";
import { describe, it } from "vitest";
import { redactedErrors } from "./redacted-errors.js";

RuleTester.describe = describe;
RuleTester.it = it;

new RuleTester().run("redacted-errors", redactedErrors, {
  valid: [
    "console.warn('gone', errorText(error));",
    "console.warn('gone', { author, error: errorText(error) });",
    "String(number);",
    "throw new Unavailable(errorText(error), { cause: error });",
  ],
  invalid: [
    { code: "console.warn('gone', String(error));", errors: 1 },
    { code: "console.warn('gone', error);", errors: 1 },
    { code: "console.warn('gone', error.message);", errors: 1 },
    { code: "const why = String(result.reason);", errors: 1 },
  ],
});
