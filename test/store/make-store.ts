import type { Store } from "../../db/store.ts";

/** Makes an empty store. */
export type MakeStore = () => Promise<Store>;
