/**
 * Where hubs are, and who sends to whom. A region has a ring of hubs, and a user's hub follows from a hash
 * of their id. What is heard about a topic (an author's news, a post's counts) reaches the hubs of a ring by
 * a tree: its source calls one hub, and a hub calls `HUB_CHILDREN` others at most. The hash of the topic
 * decides which hub comes first, so that each hub is near the top of some trees only. A hub has one place in
 * each tree, so it is called once about each change. Only hubs that have attached themselves are called.
 *
 * A hub's name has the size of its ring. When the size changes, members move to hubs of the new ring one
 * after the other, and the hubs of the old ring serve those that have not moved yet.
 */
import { fnv1a } from "../hash.ts";
import type { Id, UserId } from "../ids.ts";
import { HUB_CHILDREN, HUBS_PER_REGION_MAX } from "../limits.ts";
import { REGIONS, type Region } from "./regions.ts";

/** The name of a hub, as an object. */
export type HubName = string;

/** A hub's place: in the ring of `hubs` hubs of a region, from 0 on. */
interface Place {
  region: Region;
  hubs: number;
  no: number;
}

const NAME = /^hub:([a-z]+):(\d+):(\d+)$/;
/** The seed of the hash that spreads topics, so that a topic and a user of the same id differ. */
const TOPIC_SEED = 1;

function nameOf({ region, hubs, no }: Place): HubName {
  return `hub:${region}:${hubs}:${no}`;
}

/** @throws RangeError for a name that is no hub's */
function placeOf(name: HubName): Place {
  const [, found, hubs, no] = NAME.exec(name) ?? [];
  const region = REGIONS.find((one) => one === found);
  if (region === undefined) throw new RangeError(`not a hub: ${name}`);
  return { region, hubs: Number(hubs), no: Number(no) };
}

/** The region of a hub. @throws RangeError for a name that is no hub's */
export function regionOfHub(name: HubName): Region {
  return placeOf(name).region;
}

/** The hub of a user in a ring of so many hubs. */
export function hubOf(region: Region, hubs: number, user: UserId): HubName {
  return nameOf({ region, hubs, no: hash(user, 0) % hubs });
}

/** The hub that sends to a hub about a topic; null if the topic's source itself does. */
export function parentOf(name: HubName, topic: Id): HubName | null {
  const place = placeOf(name);
  const first = firstOf(place.hubs, topic);
  const at = (place.no - first + place.hubs) % place.hubs;
  if (at === 0) return null;
  const parentAt = Math.floor((at - 1) / HUB_CHILDREN);
  return nameOf({ ...place, no: (parentAt + first) % place.hubs });
}

/** The hubs that a topic's source calls if every hub has attached itself: one in each region. */
export function firstHubs(hubs: number, topic: Id): HubName[] {
  return REGIONS.map((region) => nameOf({ region, hubs, no: firstOf(hubs, topic) }));
}

/** The work of bringing one change to every hub of a region. */
export interface Reach {
  /** Steps from the source to the last hub. */
  levels: number;
  /** The most calls that one hub makes to other hubs. */
  callsPerHub: number;
}

export function reachOf(hubs: number): Reach {
  let levels = 1;
  for (let at = hubs - 1; at > 0; at = Math.floor((at - 1) / HUB_CHILDREN)) levels++;
  return { levels, callsPerHub: Math.min(HUB_CHILDREN, hubs - 1) };
}

/** The configured number of hubs in a region: 1 unless the variable has a valid one. */
export function hubsPerRegion(variable: string | undefined): number {
  const hubs = Number(variable);
  return Number.isInteger(hubs) && hubs >= 1 && hubs <= HUBS_PER_REGION_MAX ? hubs : 1;
}

function firstOf(hubs: number, topic: Id): number {
  return hash(topic, TOPIC_SEED) % hubs;
}

/** The higher bits of the hash, which are mixed best. */
function hash(text: string, seed: number): number {
  return fnv1a(text, seed) >>> 4;
}
