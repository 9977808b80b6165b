/** The store on objects, in the conformance suite of stores. */
import { storeConformance } from "../../test/store/conformance.ts";
import { emptyObjects, OBJECTS } from "../../test/workerd/store-objects.ts";
import { objectStore } from "./store.ts";

storeConformance("objects", async () => {
  await emptyObjects();
  return objectStore(OBJECTS);
});
