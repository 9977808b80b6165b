import type { RuleTester } from "oxlint/plugins-dev";

/** A rule as oxlint runs it; its package exports the type under no name of its own. */
export type Rule = Parameters<RuleTester["run"]>[1];
