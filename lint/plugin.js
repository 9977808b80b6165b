// JavaScript, since oxlint loads it with whatever Node it was started by, editors' own among them.
import { explainedDisables } from "./explained-disables.js";
import { imports } from "./imports.js";
import { retiredNames } from "./retired-names.js";

/** The rules that oxlint lacks. */
export default {
  meta: { name: "skein" },
  rules: { "explained-disables": explainedDisables, imports, "retired-names": retiredNames },
};
