/** The load of one hub, by the number of hubs in each region. */
import {
  HUB_CHILDREN,
  HUB_NEWS_MAX,
  HUBS_PER_REGION_MAX,
  LIVE_KEPT_MS,
  LIVE_REJOIN_EVERY_MS,
  PAGE_DEFAULT_ITEMS,
} from "../../../feed/limits.ts";
import { reachOf } from "../../../feed/delivery/hub-ring.ts";
import { REGIONS } from "../../../feed/delivery/regions.ts";
import type { Inputs } from "../inputs.ts";
import type { Rates, Setup } from "./rates.ts";

/** Days after which a post is hardly liked any more. */
const LIKED_DAYS = 2;
/** Bytes of a member's author in the rows and the index, of an author's version, and of remembered news. */
const MEMBERSHIP_BYTES = 150;
const AUTHOR_BYTES = 300;
const NEWS_BYTES = 1_000;

/** The load of one hub. */
export interface HubLoad {
  /** Members with an open socket. */
  members: number;
  /** Authors that it hears of. */
  authors: number;
  /** Calls a second that it gets, and those that it makes. */
  received: number;
  made: number;
  /** Calls for one post of an author whom all members follow. */
  callsOfPost: number;
  bytes: number;
}

export function hubLoad({ workload }: Inputs, setup: Setup, rates: Rates): HubLoad {
  const hubs = setup.hubs * REGIONS.length;
  const share = 1 / hubs;
  const members = setup.users * workload.get("onlineShare") * share;
  const pulled = workload.get("pulledFolloweesPerUser");
  const allAuthors = Math.max(1, setup.users * workload.get("pulledShareOfAccounts"));
  const authors = allAuthors * (1 - (1 - 1 / allAuthors) ** (members * pulled));
  // Beyond two steps about as many hubs pass news on that none of their members needs.
  const passedOn = setup.hubs > HUB_CHILDREN ? 2 : 1;
  const news = (rates["pulled post"] * authors * passedOn) / allAuthors;
  const newsOfMember = (rates["pulled post"] * pulled) / allAuthors;
  const pages = (rates.page + rates["ranked page"]) * share;
  const livePosts = setup.users * workload.get("postsPerUserDay") * LIKED_DAYS;
  const onScreen = Math.min(1, (members * PAGE_DEFAULT_ITEMS) / Math.max(1, livePosts));
  const counts = rates.like * onScreen;
  const watched = pages * workload.get("onlineShare");
  const joins = (members * 1_000) / LIVE_REJOIN_EVERY_MS;
  const remembered = Math.min(HUB_NEWS_MAX, (news * LIVE_KEPT_MS) / 1_000);
  return {
    members,
    authors,
    received: news + counts + pages + watched + joins,
    // A member gets at most one message a second.
    made: members * (1 - Math.exp(-newsOfMember)) + counts + (setup.hubs > 1 ? news : 0),
    callsOfPost: members + reachOf(setup.hubs).callsPerHub,
    bytes: members * pulled * MEMBERSHIP_BYTES + authors * AUTHOR_BYTES + remembered * NEWS_BYTES,
  };
}

/** As many hubs in each region as keep one of them below a share of what an object takes. */
export function hubsFor(inputs: Inputs, setup: Setup, rates: Rates, share: number): number {
  const capacity = share * inputs.platform.limit("objectRequestsPerS");
  const bytes = share * inputs.platform.limit("isolateBytes");
  const fits = (hubs: number): boolean => {
    const load = hubLoad(inputs, { ...setup, hubs }, rates);
    return load.received + load.made <= capacity && load.bytes <= bytes;
  };
  let [tooFew, enough] = [0, HUBS_PER_REGION_MAX];
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (fits(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}
