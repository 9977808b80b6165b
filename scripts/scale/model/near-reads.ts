/**
 * Keys of KV that a page reads, because neither its isolate nor its data centre has them. A post's counts are read by its
 * author's followers, as they come; the first who comes after `countsKeptMs` reads KV, and all others what the data centre
 * has kept for them.
 */
import { PAGE_DEFAULT_ITEMS, RANK_CANDIDATES_MAX } from "../../../feed/limits.ts";
import {
  COUNTS_KEPT_MAX_MS,
  COUNTS_YOUNG_MS,
  NEAR_PAGE_KEPT_MS,
} from "../../../feed/limits-near.ts";
import type { Inputs } from "../inputs.ts";

const DAY_S = 24 * 60 * 60;

/** The keys of counts that a page of so many posts reads. @param pulled how many pulled authors its viewer follows */
export function countKeysPerPage({ workload }: Inputs, posts: number, pulled: number): number {
  const pushed = workload.get("followeesPerUser") - pulled;
  const { pulledPosts, pushedPosts } = postsPerDay(workload);
  const [fromPulled, fromPushed] = [pulled * pulledPosts, pushed * pushedPosts];
  const share = fromPulled / (fromPulled + fromPushed);
  const { pulledAudience, pushedAudience } = audiences(workload);
  const missing =
    share * missedShare(workload, pulledAudience) +
    (1 - share) * missedShare(workload, pushedAudience);
  return posts * missing;
}

/** The keys of pulled authors' newest pages: the first reader of each `NEAR_PAGE_KEPT_MS` reads KV. */
export function headKeysPerPage({ workload }: Inputs, pulled: number): number {
  const { pulledAudience } = audiences(workload);
  const pagesPerS =
    (pulledAudience * workload.get("pagesPerUserDay") * nearShare(workload)) / DAY_S;
  return pulled / (1 + (pagesPerS * NEAR_PAGE_KEPT_MS) / 1000);
}

/** Dollars of a million pages for keys of KV. */
export interface NearRead {
  pulled: number;
  readersShare: number;
  counts: number;
  heads: number;
  /** The counts of the candidates of a first ranked page. */
  ranked: number;
}

/** The cost of keys for viewers of twenty and of a hundred pulled authors, over the range of the unknowns. */
export function nearReads(inputs: Inputs): NearRead[] {
  const { low, high } = unknownShare(inputs.workload);
  const key = inputs.platform.dollars("millionKvReads");
  return [20, 100].flatMap((pulled) =>
    [low, nearShare(inputs.workload), high].map((readersShare) => {
      const at = { ...inputs, workload: inputs.workload.with({ [NEAR_SHARE]: readersShare }) };
      return {
        pulled,
        readersShare,
        counts: key * countKeysPerPage(at, PAGE_DEFAULT_ITEMS, pulled),
        heads: key * headKeysPerPage(at, pulled),
        ranked: key * countKeysPerPage(at, RANK_CANDIDATES_MAX, pulled),
      };
    }),
  );
}

type Workload = Inputs["workload"];

const NEAR_SHARE = "readersInOneDataCentre";

function unknownShare(workload: Workload): { low: number; high: number } {
  const unknown = workload.unknowns().find(({ name }) => name === NEAR_SHARE);
  if (unknown === undefined) throw new Error("the share of readers in a data centre is unknown");
  return unknown;
}

/** Entries that a pulled author and any other one make in a day. */
function postsPerDay(workload: Workload): { pulledPosts: number; pushedPosts: number } {
  const [all, pulled] = [workload.get("postsPerUserDay"), workload.get("pulledShareOfAccounts")];
  const ofPulled = workload.get("pulledShareOfPosts");
  return {
    pulledPosts: (all * ofPulled) / pulled,
    pushedPosts: (all * (1 - ofPulled)) / (1 - pulled),
  };
}

/** The average followers of a pulled author and of any other one. */
function audiences(workload: Workload): { pulledAudience: number; pushedAudience: number } {
  const pulled = workload.get("pulledFolloweesPerUser");
  const accounts = workload.get("pulledShareOfAccounts");
  return {
    pulledAudience: pulled / accounts,
    pushedAudience: (workload.get("followeesPerUser") - pulled) / (1 - accounts),
  };
}

function nearShare(workload: Workload): number {
  return workload.get(NEAR_SHARE);
}

/** The share of the reads of a post's counts that a data centre cannot answer. */
function missedShare(workload: Workload, audience: number): number {
  const betweenPagesS = DAY_S / workload.get("pagesPerUserDay");
  const pulled = workload.get("pulledFolloweesPerUser");
  const { pulledPosts, pushedPosts } = postsPerDay(workload);
  const entries = pulled * pulledPosts + (workload.get("followeesPerUser") - pulled) * pushedPosts;
  const ranked = workload.get("rankedShareOfPages") * workload.get("firstShareOfPages");
  const lookups =
    workload.get("pagesPerUserDay") * (PAGE_DEFAULT_ITEMS + ranked * RANK_CANDIDATES_MAX);
  // Followers come within the time between two of their pages.
  const readsPerS = (audience * nearShare(workload) * (lookups / entries)) / betweenPagesS;
  const quiet = workload.get("quietShareOfPosts");
  const reactions = workload.get("likesPerUserDay") / workload.get("postsPerUserDay") / (1 - quiet);
  return (
    quiet * missed(readsPerS, betweenPagesS, 1) +
    (1 - quiet) * missed(readsPerS, betweenPagesS, 1 / Math.sqrt(Math.max(1, reactions)))
  );
}

/**
 * The share of reads at a steady rate that come when nothing is kept.
 * @param untilS the age of a post at which nobody reads it any more
 * @param keptShare how long counts are kept, as a share of the post's age when they were read
 */
export function missed(readsPerS: number, untilS: number, keptShare: number): number {
  let reads = 0;
  for (let ageS = 1 / readsPerS; ageS < untilS; reads++) {
    const keptS = Math.min(
      COUNTS_KEPT_MAX_MS / 1000,
      ageS - COUNTS_YOUNG_MS / 1000,
      ageS * keptShare,
    );
    ageS += Math.max(0, keptS) + 1 / readsPerS;
  }
  return Math.min(1, Math.max(1, reads) / (readsPerS * untilS));
}
