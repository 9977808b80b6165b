/** The regions where objects can be placed and that the edge tells apart. */
export const REGIONS = ["wnam", "enam", "sam", "weur", "eeur", "apac", "oc", "afr"] as const;
export type Region = (typeof REGIONS)[number];

/** Where a request counts as coming from when nothing is known of it. */
export const DEFAULT_REGION: Region = "enam";
