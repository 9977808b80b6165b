/** How often each verb runs at the peak of a step, and in how large batches its messages come. */
import { ENGAGEMENT_FOLD_ENTRIES } from "../../../feed/limits.ts";
import { COUNTING_BATCH, FANOUT_BATCH } from "../calibration.ts";
import type { Inputs, Workload } from "../inputs.ts";
import { type Operations, type Verbs, verbsOf } from "./operations.ts";

/** How a Skein of a size is set up. */
export interface Setup {
  users: number;
  postsPerS: number;
  /** Databases of the store; as many as users, where each has an object. */
  shards: number;
  fanoutQueues: number;
  countingQueues: number;
  exportQueues: number;
  /** Hubs in each region. */
  hubs: number;
}

/** How long a counting queue waits for a full batch, as wrangler.toml sets it. */
const COUNTING_WAIT_S = 1;
/** The share of viewers whose pages are logged, as wrangler.toml sets it. */
const LOGGED_SHARE = 0.1;

export type Verb =
  | "post"
  | "fanout"
  | "like"
  | "tally"
  | "publish counts"
  | "counted"
  | "reply"
  | "report"
  | "report that fills a ring"
  | "logged page"
  | "page"
  | "ranked page"
  | "archive page"
  | "rebuild"
  | "read a post"
  | "find a handle"
  | "follow"
  | "delete"
  | "erase"
  | "delivery"
  | "pulled post";

/** Runs a second of each verb, over all users, at the peak of the step. */
export type Rates = Readonly<Record<Verb, number>>;

export function ratesOf(workload: Workload, { postsPerS }: Setup): Rates {
  const perPost = (name: string) => workload.get(name) / workload.get("postsPerUserDay");
  const likes = postsPerS * perPost("likesPerUserDay");
  const pages = postsPerS * perPost("pagesPerUserDay");
  const reports = postsPerS * perPost("reportsPerUserDay");
  const replies = postsPerS * workload.get("repliesShareOfPosts");
  const deletes = postsPerS * workload.get("deletedShareOfPosts");
  const pulled = postsPerS * workload.get("pulledShareOfPosts");
  const firstRanked = workload.get("rankedShareOfPages") * workload.get("firstShareOfPages");
  const fromStore = workload.get("rebuildShareOfPages") + workload.get("archiveShareOfPages");
  return {
    post: postsPerS,
    fanout: postsPerS,
    like: likes,
    tally: likes,
    // A counter that hears one like at a time publishes each of them.
    "publish counts": likes + replies,
    counted: likes + replies,
    reply: replies,
    report: reports * (1 - 1 / ENGAGEMENT_FOLD_ENTRIES),
    "report that fills a ring": reports / ENGAGEMENT_FOLD_ENTRIES,
    "logged page": pages * LOGGED_SHARE,
    page: pages * (1 - firstRanked - fromStore),
    "ranked page": pages * firstRanked,
    "archive page": pages * workload.get("archiveShareOfPages"),
    rebuild: pages * workload.get("rebuildShareOfPages"),
    "read a post": pages * workload.get("postReadsPerPage"),
    "find a handle": postsPerS * perPost("handleLookupsPerUserDay"),
    follow: postsPerS * perPost("followsPerUserDay"),
    delete: deletes,
    erase: deletes,
    delivery: (postsPerS - pulled) * pushedFollowers(workload),
    "pulled post": pulled,
  };
}

/** Followers of an account whose posts are pushed, on average. */
export function pushedFollowers(workload: Workload): number {
  const edges = workload.get("followeesPerUser") - workload.get("pulledFolloweesPerUser");
  return edges / (1 - workload.get("pulledShareOfAccounts"));
}

/** Messages a second that are spread over the counting queues; `counted` goes to the first one alone. */
export function countingMessages(rates: Rates): number {
  return rates.tally + rates.reply;
}

/** Messages of one batch, which grows with the load of its queue. */
export function batchSizes(rates: Rates, setup: Setup): { fanout: number; counting: number } {
  const counting = countingMessages(rates) + rates.counted;
  return {
    // A fan-out queue does not wait: its batch holds the messages since the last batch.
    fanout: clamp(rates.fanout / setup.fanoutQueues / 50, 1, FANOUT_BATCH),
    counting: clamp((counting / setup.countingQueues) * COUNTING_WAIT_S, 1, COUNTING_BATCH),
  };
}

/** What each verb does, per run, where batches share work. */
function operationsPerRun(
  verbs: Verbs,
  workload: Workload,
  rates: Rates,
  setup: Setup,
): Record<Verb, Operations> {
  const { shards } = setup;
  const batch = batchSizes(rates, setup);
  const one = (verb: string, size = 1, owners = 1) => verbs.of(verb, { size, owners, shards });
  const shared = (verb: string, size: number) => each(one(verb, size, size), size);
  const pushed = workload.get("followeesPerUser") - workload.get("pulledFolloweesPerUser");
  const nothing = each(one("post"), Infinity);
  return {
    post: one("post"),
    fanout: shared("fanout", batch.fanout),
    like: one("like"),
    tally: shared("tally", batch.counting),
    "publish counts": one("publish counts"),
    counted: shared("counted", batch.counting),
    // A reply is a post whose parent's counter hears of it.
    reply: shared("tally", batch.counting),
    report: one("report"),
    "report that fills a ring": one("report that fills a ring"),
    // Beside the page: its timeline says what it knows of the viewer, and admits the page.
    "logged page": { ...nothing, objectRows: 1, calls: { HOME_TIMELINE: 2 } },
    page: one("page", pushed),
    "ranked page": one("ranked page", pushed),
    "archive page": one("archive page", pushed, pushed),
    rebuild: one("rebuild", pushed, pushed),
    "read a post": one("read a post", 1, 2),
    "find a handle": one("find a handle", 1, 2),
    follow: one("follow", 1, 2),
    delete: one("delete"),
    erase: one("erase", 0),
    delivery: { ...nothing, objectRows: one("fanout").objectRows, calls: { HOME_TIMELINE: 1 } },
    "pulled post": one("pulled post"),
  };
}

/** The work of a Skein at the peak of a step. */
export interface Load {
  rates: Rates;
  /** The operations of one run of each verb. */
  operations: Readonly<Record<Verb, Operations>>;
  /** Statements a second of each shard, of all verbs together. */
  statementsPerShard: number;
}

export function loadOf({ workload, calibration }: Inputs, setup: Setup): Load {
  const rates = ratesOf(workload, setup);
  const operations = operationsPerRun(verbsOf(calibration), workload, rates, setup);
  return { rates, operations, statementsPerShard: statementsOf(rates, operations) / setup.shards };
}

/** Statements a second of all verbs together. */
function statementsOf(rates: Rates, operations: Load["operations"]): number {
  let sum = 0;
  for (const [verb, { statements }] of entriesOf(operations)) {
    // A pulled post is counted with its publishing and fan-out.
    if (verb !== "pulled post") sum += rates[verb] * statements;
  }
  return sum;
}

export function entriesOf(operations: Readonly<Record<Verb, Operations>>): [Verb, Operations][] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of a record of verbs are verbs
  return Object.entries(operations) as [Verb, Operations][];
}

function each(operations: Operations, runs: number): Operations {
  const calls = Object.entries(operations.calls).map(
    ([name, count]) => [name, count / runs] as const,
  );
  return {
    statements: operations.statements / runs,
    rowsRead: operations.rowsRead / runs,
    rowsWritten: operations.rowsWritten / runs,
    objectRows: operations.objectRows / runs,
    messages: operations.messages / runs,
    kvReads: operations.kvReads / runs,
    kvWrites: operations.kvWrites / runs,
    calls: Object.fromEntries<number>(calls),
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
