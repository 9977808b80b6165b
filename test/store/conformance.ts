/**
 * The conformance suite of stores. Skein works on any implementation of `Store` that passes it.
 */
import { describe } from "vitest";
import { accountConformance } from "./accounts.ts";
import { importConformance } from "./imports.ts";
import { edgeConformance } from "./edges.ts";
import { idConformance } from "./ids.ts";
import { jobConformance, shardJobConformance } from "./jobs.ts";
import type { MakeStore } from "./make-store.ts";
import { modeConformance } from "./modes.ts";
import { oldRepostConformance } from "./old-reposts.ts";
import { postConformance } from "./posts.ts";
import { publishConformance } from "./publish.ts";
import { reactionConformance } from "./reactions.ts";
import { lifecycleConformance } from "./lifecycle.ts";
import { recipientConformance } from "./recipients.ts";
import { recountConformance } from "./recounts.ts";
import { repostConformance } from "./reposts.ts";
import { relationConformance } from "./relations.ts";
import { identityConformance, sessionConformance } from "./sessions.ts";

/** Registers the tests of a store. Each test calls `makeStore` first, for an empty store. */
export function storeConformance(name: string, makeStore: MakeStore): void {
  describe(`the store on ${name}`, () => {
    ownerConformance(makeStore);
    describe("reactions", () => {
      reactionConformance(makeStore);
    });
    describe("reposts", () => {
      repostConformance(makeStore);
    });
    describe("recounts", () => {
      recountConformance(makeStore);
    });
    describe("jobs", () => {
      jobConformance(makeStore);
    });
  });
}

/** Registers the tests of a store with shards that an earlier version of Skein has written to. */
export function shardConformance(name: string, makeStore: MakeStore): void {
  storeConformance(name, makeStore);
  describe(`the shards of the store on ${name}`, () => {
    oldRepostConformance(makeStore);
    shardJobConformance(makeStore);
  });
}

/** Registers the tests of what concerns the rows of one owner at a time. */
function ownerConformance(makeStore: MakeStore): void {
  describe("accounts", () => {
    accountConformance(makeStore);
  });
  describe("lifecycle", () => {
    lifecycleConformance(makeStore);
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
  describe("imports", () => {
    importConformance(makeStore);
  });
  describe("relations", () => {
    relationConformance(makeStore);
  });
  describe("sessions", () => {
    sessionConformance(makeStore);
  });
  describe("identities", () => {
    identityConformance(makeStore);
  });
  describe("ids", () => {
    idConformance(makeStore);
  });
}
