/** Imports over places: keys are in the places of their slots, and all else in those of its accounts. */
import { type ImportStore, keySlot } from "../store/imports.ts";
import type { Router } from "./router.ts";

/** Makes the imports of the store over the places of a router. */
export function routedImports(router: Router): ImportStore {
  return {
    keysListed: async (keys) =>
      (await router.each(keys, keySlot, (store, some) => store.imports.keysListed(some))).flat(),
    listKeys: async (entries) => {
      const found = await router.each(
        entries,
        ({ key }) => keySlot(key),
        (store, some) => store.imports.listKeys(some),
      );
      return found.flat();
    },
    reservePosts: async (wanted) => {
      const found = await router.each(
        wanted,
        ({ author }) => author,
        (store, some) => store.imports.reservePosts(some),
      );
      return found.flat();
    },
    writePosts: async (all, jobs) => {
      await router.each(
        all,
        ({ author }) => author,
        (store, some) => store.imports.writePosts(some, jobs),
      );
    },
    importReactions: async (news, nowMs) => {
      await router.each(
        news,
        ({ actor }) => actor,
        (store, some) => store.imports.importReactions(some, nowMs),
      );
    },
  };
}
