/** Calls to the namespace of store objects, with retries. */
import { Objects, type StoreObjectStub, type Namespace } from "../../durable-objects/objects.ts";
import type { StoreObjects } from "./object-shards.ts";

/** The store objects of a namespace. */
export function storeObjects(namespace: Namespace<StoreObjectStub>): StoreObjects {
  const objects = new Objects(namespace, "store object");
  return {
    run: (name, batch) => objects.call(name, async (stub) => await stub.run(batch)),
    forward: (name, calls) => objects.call(name, async (stub) => await stub.forward(calls)),
  };
}
