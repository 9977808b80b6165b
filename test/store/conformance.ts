/**
 * What any store must do, whatever it is made of. An implementation passes this suite, or the rest
 * of Skein does not work on it.
 */
import { describe } from "vitest";
import { accountConformance } from "./accounts.ts";
import { edgeConformance } from "./edges.ts";
import { jobConformance } from "./jobs.ts";
import type { MakeStore } from "./make-store.ts";
import { modeConformance } from "./modes.ts";
import { postConformance } from "./posts.ts";
import { publishConformance } from "./publish.ts";
import { reactionConformance } from "./reactions.ts";
import { recipientConformance } from "./recipients.ts";
import { relationConformance } from "./relations.ts";

/** Tests a store. `makeStore` is called before each test. */
export function storeConformance(name: string, makeStore: MakeStore): void {
  describe(`the store on ${name}`, () => {
    describe("accounts", () => {
      accountConformance(makeStore);
    });
    describe("modes", () => {
      modeConformance(makeStore);
    });
    describe("edges", () => {
      edgeConformance(makeStore);
    });
    describe("recipients", () => {
      recipientConformance(makeStore);
    });
    describe("publishing", () => {
      publishConformance(makeStore);
    });
    describe("posts", () => {
      postConformance(makeStore);
    });
    describe("reactions", () => {
      reactionConformance(makeStore);
    });
    describe("relations", () => {
      relationConformance(makeStore);
    });
    describe("jobs", () => {
      jobConformance(makeStore);
    });
  });
}
