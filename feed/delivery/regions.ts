/** The regions where objects can be placed, which the edge distinguishes. */
export const REGIONS = ["wnam", "enam", "sam", "weur", "eeur", "apac", "oc", "afr"] as const;
export type Region = (typeof REGIONS)[number];

/** The region of a request whose origin is unknown. */
export const DEFAULT_REGION: Region = "enam";
