/** How an object says that its cache is empty. */

/** The object holds nothing to answer from: the caller fills it from the store and asks again. */
export interface Cold {
  status: "cold";
}

export const COLD: Cold = { status: "cold" };
