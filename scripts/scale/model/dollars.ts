/** What operations cost at published prices. */
import {
  LIVE_REJOIN_EVERY_MS,
  PAGE_DEFAULT_ITEMS,
  RANK_CANDIDATES_MAX,
} from "../../../feed/limits.ts";
import type { Inputs } from "../inputs.ts";
import { storedBytes } from "./bytes.ts";
import { countKeysPerPage, headKeysPerPage } from "./near-reads.ts";
import type { Operations } from "./operations.ts";
import { entriesOf, type Load, loadOf, type Setup, type Verb } from "./rates.ts";

const MILLION = 1e6;
const DAY_S = 24 * 60 * 60;
const HOUR_MS = 60 * 60 * 1000;
const DAYS_OF_MONTH = 30;
const GB = 1e9;
/** The memory of an object that is billed while it runs. */
const OBJECT_GB = 0.128;
/** The pulled authors of the viewer whose page is priced; the target is set for so many. */
const PAGE_PULLED_AUTHORS = 20;
/** Counts frames that a post on screen gets in a minute. */
const COUNTS_FRAMES_PER_MINUTE = 1;

const REQUESTED: ReadonlySet<Verb> = new Set([
  "post",
  "like",
  "report",
  "report that fills a ring",
  "page",
  "ranked page",
  "archive page",
  "rebuild",
  "read a post",
  "find a handle",
  "follow",
  "delete",
]);

/** What takes less of the CPU than other requests. */
const REPORTS: ReadonlySet<Verb> = new Set(["report", "report that fills a ring"]);

/**
 * What writes an object of the training log to its bucket: at most, for most rings have no report of an
 * hour that is logged.
 */
const LOGGED: ReadonlySet<Verb> = new Set(["report that fills a ring", "logged page"]);

/** What is priced by the million, and a whole day. */
export type DollarsName = keyof Dollars;

export interface Dollars {
  perMillionDeliveries: number;
  /** Warm pages in order of time, of viewers with 20 pulled authors, counts included. */
  perMillionPages: number;
  perMillionLikes: number;
  perMillionReports: number;
  /** An open socket of a viewer with the average number of pulled authors, with nothing on screen. */
  perMillionOnlineHours: number;
  /** A page with live counts on screen for a minute. */
  perMillionScreenMinutes: number;
  perDay: number;
}

export function dollarsOf(inputs: Inputs, setup: Setup): Dollars {
  const load = loadOf(inputs, setup);
  const { rates, operations } = load;
  const million = (verb: Verb) => pricePerMillion(inputs, verb, operations[verb]);
  const page = { posts: PAGE_DEFAULT_ITEMS, pulled: PAGE_PULLED_AUTHORS };
  return {
    perMillionDeliveries:
      million("delivery") + (million("fanout") * rates.fanout) / Math.max(1, rates.delivery),
    perMillionPages: pricePerMillion(inputs, "page", warmPage(inputs, operations.page, page)),
    perMillionLikes:
      million("like") + million("tally") + million("publish counts") + million("counted"),
    perMillionReports:
      (million("report") * rates.report +
        million("report that fills a ring") * rates["report that fills a ring"]) /
      (rates.report + rates["report that fills a ring"]),
    perMillionOnlineHours: onlineHours(inputs),
    perMillionScreenMinutes: screenMinutes(inputs),
    perDay: perDay(inputs, setup, load),
  };
}

/** Dollars of a million runs of a verb. */
export function pricePerMillion(inputs: Inputs, verb: Verb, operations: Operations): number {
  const price = (name: string) => inputs.platform.dollars(name);
  const calls = Object.values(operations.calls).reduce((sum, count) => sum + count, 0);
  const cpuMs = inputs.workload.get(REPORTS.has(verb) ? "reportCpuMs" : "requestCpuMs");
  const request = REQUESTED.has(verb)
    ? price("millionRequests") + cpuMs * price("millionCpuMs")
    : 0;
  return (
    request +
    (LOGGED.has(verb) ? price("millionBucketWrites") : 0) +
    calls * callPrice(inputs) +
    (operations.rowsWritten + operations.objectRows) * price("millionRowsWritten") +
    operations.rowsRead * price("millionRowsRead") +
    operations.messages * price("millionQueueMessages") +
    operations.kvReads * price("millionKvReads") +
    operations.kvWrites * price("millionKvWrites")
  );
}

/** A million calls of objects, with the memory for as long as a call takes. */
function callPrice({ platform, calibration }: Inputs): number {
  const seconds = (calibration.times["readWindowMs"] ?? 0) / 1_000;
  return (
    platform.dollars("millionObjectRequests") +
    seconds * OBJECT_GB * platform.dollars("millionGbSeconds")
  );
}

/** What a page costs beside its operations as counted, which found nothing kept. */
function warmPage(
  inputs: Inputs,
  operations: Operations,
  { posts, pulled }: { posts: number; pulled: number },
): Operations {
  const kvReads = countKeysPerPage(inputs, posts, pulled) + headKeysPerPage(inputs, pulled);
  return { ...operations, kvReads };
}

/** A socket renews its place in its hub now and then, by an alarm; and gets what its authors post. */
function onlineHours(inputs: Inputs): number {
  const { platform, workload } = inputs;
  const renewals = HOUR_MS / LIVE_REJOIN_EVERY_MS;
  const posts =
    (workload.get("postsPerUserDay") * workload.get("pulledShareOfPosts")) /
    workload.get("pulledShareOfAccounts") /
    24;
  const news = workload.get("pulledFolloweesPerUser") * posts;
  // The alarm and the call of the hub; the row of the next alarm, and the member's.
  const renewal = 2 * callPrice(inputs) + 2 * platform.dollars("millionRowsWritten");
  // A post costs a call of each member; what it costs to bring it to the hub is at most as much again.
  return renewals * renewal + 2 * news * callPrice(inputs);
}

/**
 * The page tells its hub what is on screen: a call and a row. The hub attaches itself to the counters that
 * no other member has on screen, which may be all: a call and a row each. A frame is a call of the hub, and
 * one of the member, which has the counts of all posts.
 */
function screenMinutes(inputs: Inputs): number {
  const call = callPrice(inputs);
  const listed = call + inputs.platform.dollars("millionRowsWritten");
  const frames = PAGE_DEFAULT_ITEMS * COUNTS_FRAMES_PER_MINUTE;
  return listed + PAGE_DEFAULT_ITEMS * listed + 2 * frames * call;
}

/** A day, whose mean is far below its peak, and its storage. */
function perDay(inputs: Inputs, setup: Setup, { rates, operations }: Load): number {
  const { platform, workload } = inputs;
  const meanPostsPerS = (setup.users * workload.get("postsPerUserDay")) / DAY_S;
  const runsPerDay = (verb: Verb) => (rates[verb] / setup.postsPerS) * meanPostsPerS * DAY_S;
  const online = setup.users * workload.get("onlineShare") * 24;
  const pulled = workload.get("pulledFolloweesPerUser");
  const warm: Partial<Record<Verb, Operations>> = {
    page: warmPage(inputs, operations.page, { posts: PAGE_DEFAULT_ITEMS, pulled }),
    "ranked page": warmPage(inputs, operations["ranked page"], {
      posts: RANK_CANDIDATES_MAX,
      pulled,
    }),
  };
  const stored = storedBytes(inputs, setup).month;
  let dollars =
    (online / MILLION) * onlineHours(inputs) +
    ((stored.store / GB) * platform.dollars(inputs.store === "d1" ? "d1GbMonth" : "objectGbMonth") +
      (stored.objects / GB) * platform.dollars("objectGbMonth")) /
      DAYS_OF_MONTH;
  for (const [verb, each] of entriesOf(operations)) {
    dollars += (runsPerDay(verb) / MILLION) * pricePerMillion(inputs, verb, warm[verb] ?? each);
  }
  return dollars;
}
