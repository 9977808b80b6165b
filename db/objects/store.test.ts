/** The store on objects, in the conformance suite of stores. */
import { storeConformance } from "../../test/store/conformance.ts";
import { emptyObjects, OBJECTS } from "../../test/workerd/store-objects.ts";
import { routedStore } from "../places/routed-store.ts";
import { Router } from "../places/router.ts";
import { objectPlace } from "./store.ts";

storeConformance("objects", async () => {
  await emptyObjects();
  return routedStore(new Router([objectPlace(OBJECTS)], "objects"));
});
