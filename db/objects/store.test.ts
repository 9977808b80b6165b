/** The parts of the store that objects have, in the conformance suite of stores. */
import { describe, vi } from "vitest";
import { accountConformance } from "../../test/store/accounts.ts";
import { edgeConformance } from "../../test/store/edges.ts";
import { idConformance } from "../../test/store/ids.ts";
import type { MakeStore } from "../../test/store/make-store.ts";
import { modeConformance } from "../../test/store/modes.ts";
import { postConformance } from "../../test/store/posts.ts";
import { publishConformance } from "../../test/store/publish.ts";
import { recipientConformance } from "../../test/store/recipients.ts";
import { relationConformance } from "../../test/store/relations.ts";
import { JobQueues } from "../../durable-objects/job-queues.ts";
import { emptyObjects, OBJECTS } from "../../test/workerd/store-objects.ts";
import { ownedStore } from "../../test/workerd/owned-store.ts";

// The jobs of these tests are old, so the objects' sweeps send them at once, and nobody waits for them.
vi.spyOn(JobQueues.prototype, "sendSwept").mockResolvedValue();

const makeStore: MakeStore = async () => {
  await emptyObjects();
  return ownedStore(OBJECTS);
};

describe("the store on objects", () => {
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
  describe("relations", () => {
    relationConformance(makeStore);
  });
  describe("ids", () => {
    idConformance(makeStore);
  });
});
