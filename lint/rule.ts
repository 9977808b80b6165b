import type { RuleTester } from "oxlint/plugins-dev";

/** The type of an oxlint rule, which its package does not export by name. */
export type Rule = Parameters<RuleTester["run"]>[1];
