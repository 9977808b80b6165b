/** Where to place an object: near whoever asks for it first. */
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

/** The location hint for a request, from where it entered the network; null if that is unknown. */
export function locationHint(request: Request): DurableObjectLocationHint | null {
  const continent = request.cf?.continent;
  if (typeof continent !== "string") return null;
  const longitude = Number(request.cf?.longitude);
  if (continent === "NA" && longitude < NORTH_AMERICA_SPLIT) return "wnam";
  if (continent === "EU" && longitude > EUROPE_SPLIT) return "eeur";
  return BY_CONTINENT[continent] ?? null;
}

/** The region of a location hint. */
export function regionOf(hint: DurableObjectLocationHint | null): Region {
  return REGIONS.find((region) => region === hint) ?? DEFAULT_REGION;
}

/** A hint that has travelled with a job; null if it is none. */
export function parseHint(text: string | null): DurableObjectLocationHint | null {
  return isHint(text) ? text : null;
}

function isHint(text: string | null): text is DurableObjectLocationHint {
  return text !== null && HINTS.has(text);
}
