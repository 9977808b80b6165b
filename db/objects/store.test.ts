/** The parts of the store that objects have, in the conformance suite of stores. */
import { describe, vi } from "vitest";
import { JobQueues } from "../../durable-objects/job-queues.ts";
import { ownerConformance } from "../../test/store/conformance.ts";
import { ownedStore } from "../../test/workerd/owned-store.ts";
import { emptyObjects, OBJECTS } from "../../test/workerd/store-objects.ts";

// The jobs of these tests are old, so the objects' sweeps send them at once, and nobody waits for them.
vi.spyOn(JobQueues.prototype, "sendSwept").mockResolvedValue();

describe("the store on objects", () => {
  ownerConformance(async () => {
    await emptyObjects();
    return ownedStore(OBJECTS);
  });
});
