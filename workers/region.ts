/** Where to place an object: near the client that first calls it. */
import { DEFAULT_REGION, type Region, REGIONS } from "../feed/delivery/regions.ts";

const BY_CONTINENT: Record<string, DurableObjectLocationHint> = {
  AF: "afr",
  AS: "apac",
  EU: "weur",
  NA: "enam",
  OC: "oc",
  SA: "sam",
};
const HINTS: ReadonlySet<string> = new Set([...Object.values(BY_CONTINENT), "wnam", "eeur"]);
/** Longitudes (degrees) that divide North America and Europe into their two regions. */
const NORTH_AMERICA_SPLIT = -100;
const EUROPE_SPLIT = 15;

/** The location hint for the place where a request entered the network; null if that is unknown. */
export function locationHint(request: Request): DurableObjectLocationHint | null {
  const continent = request.cf?.continent;
  if (typeof continent !== "string") return null;
  const longitude = Number(request.cf?.longitude);
  if (continent === "NA" && longitude < NORTH_AMERICA_SPLIT) return "wnam";
  if (continent === "EU" && longitude > EUROPE_SPLIT) return "eeur";
  return BY_CONTINENT[continent] ?? null;
}

/** The region of a location hint; the default region for an unknown one. */
export function regionOf(hint: DurableObjectLocationHint | null): Region {
  return REGIONS.find((region) => region === hint) ?? DEFAULT_REGION;
}

/** The location hint that a job carries as text; null if the text is none. */
export function parseHint(text: string | null): DurableObjectLocationHint | null {
  return isHint(text) ? text : null;
}

function isHint(text: string | null): text is DurableObjectLocationHint {
  return text !== null && HINTS.has(text);
}
