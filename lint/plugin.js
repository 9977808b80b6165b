// JavaScript, because oxlint loads it with the Node that started it, which may be an editor's.
import { explainedDisables } from "./explained-disables.js";
import { imports } from "./imports.js";
import { redactedErrors } from "./redacted-errors.js";
import { retiredNames } from "./retired-names.js";

/** The rules that oxlint lacks. */
export default {
  meta: { name: "skein" },
  rules: {
    "explained-disables": explainedDisables,
    imports,
    "redacted-errors": redactedErrors,
    "retired-names": retiredNames,
  },
};
