/** What each store addresses: shards and their statements, or objects and their calls. */
import { callsOfInvocation } from "../../../feed/call-groups.ts";
import { IMPORT_CHUNK_LINES } from "../../../feed/limits-import.ts";
import {
  BUCKETS,
  CROWD_KEPT_MS,
  DEAD_LETTERS_SHARDS,
  ERASE_PAGE,
  STORE_COUNTS_EVERY_MS,
  STORE_LIST_WRITES_PER_S,
} from "../../../feed/limits.ts";
import type { Inputs } from "../inputs.ts";
import { storedBytes } from "./bytes.ts";
import type { Component } from "./component.ts";
import type { Verbs } from "./operations.ts";
import { type Load, loadOf, type Rates, type Setup } from "./rates.ts";

/** Followees with which a rebuild and a page below the window are looked at, beside the average. */
const MANY_FOLLOWEES = 350;
/** The most followees that an account can have. */
const MOST_FOLLOWEES = 20_000;
/** Lines of one import. */
const IMPORT_FOLLOWS = 36_000;
/** Deletions in one batch, of posts with at least a page of reposts each. */
const ERASE_JOBS = 20;

interface Seen {
  inputs: Inputs;
  setup: Setup;
  verbs: Verbs;
  load: Load;
}

/** The components of the store that is modelled. */
export function storeComponents(inputs: Inputs, setup: Setup, verbs: Verbs): Component[] {
  const seen = { inputs, setup, verbs, load: loadOf(inputs, setup) };
  const components = inputs.store === "objects" ? objectComponents(seen) : d1Components(seen);
  return components.map((component) => ({ ...component, ofStore: true }));
}

/** Reads a second that a crowd leaves: those of each data centre, which keeps what it has read. */
function crowdReads({ workload }: Inputs, readsPerS: number): number {
  return Math.min(readsPerS, (workload.get("dataCentres") * 1_000) / CROWD_KEPT_MS);
}

function hot({ workload }: Inputs, rates: Rates, verb: "read a post" | "like" | "follow"): number {
  const shares = {
    "read a post": "hottestShareOfReads",
    like: "hottestShareOfLikes",
    follow: "hottestShareOfFollows",
  };
  return rates[verb] * workload.get(shares[verb]);
}

function d1Components(seen: Seen): Component[] {
  const { inputs, setup, verbs, load } = seen;
  const { platform, workload, calibration } = inputs;
  const { rates, statementsPerShard } = load;
  const { shards } = setup;
  const perS = platform.limit("d1StatementsPerS");
  const statements = (name: string, file: string, each: number): Component => ({
    name,
    file,
    load: each,
    capacity: perS,
    unit: "statements/s",
  });
  const bytes = platform.limit("d1DatabaseBytes");
  const audience = Math.min(workload.get("largestAudience"), setup.users);
  const reads = hot(inputs, rates, "read a post") + hot(inputs, rates, "like");
  return [
    statements("a shard: statements", "db/d1/shards.ts", statementsPerShard),
    statements(
      "shards: one bucket each at most",
      "feed/ids.ts",
      (statementsPerShard * shards) / BUCKETS,
    ),
    {
      name: "a shard: bytes after a month",
      file: "db/d1/schema.ts",
      load: storedBytes(inputs, setup).month.store / shards,
      capacity: bytes,
      unit: "bytes",
    },
    {
      name: "one author's followers in one shard",
      file: "db/d1/edges.ts",
      load: audience * (calibration.bytes["edge"] ?? 0),
      capacity: bytes,
      unit: "bytes",
    },
    statements(
      "the shard of the hottest post",
      "workers/crowd/crowd-reads.ts",
      crowdReads(inputs, reads),
    ),
    statements(
      "the shard of the author that most start to follow",
      "db/d1/edges.ts",
      hot(inputs, rates, "follow") * verbs.inSecondShard("follow"),
    ),
    ...d1Invocations(seen),
  ];
}

/** Works of one invocation, whose statements grow with the shards that they ask. */
function d1Invocations({ inputs: { platform }, setup: { shards }, verbs }: Seen): Component[] {
  const work = (name: string, file: string, each: number): Component => ({
    name,
    file,
    load: each,
    capacity: platform.limit("d1StatementsPerInvocation"),
    unit: "statements of an invocation",
  });
  const at = (verb: string, size: number, owners: number) =>
    verbs.of(verb, { size, owners, shards }).statements;
  return [
    work("the sweep of a shard", "workers/jobs/sweep.ts", at("sweep", 0, 1)),
    work(
      `a rebuild, ${MANY_FOLLOWEES} follows`,
      "workers/timeline/rebuild.ts",
      at("rebuild", MANY_FOLLOWEES, MANY_FOLLOWEES),
    ),
    work(
      `a page below the window, ${MANY_FOLLOWEES} follows`,
      "workers/timeline/archive.ts",
      at("archive page", MANY_FOLLOWEES, MANY_FOLLOWEES),
    ),
    work(
      `an import of ${IMPORT_FOLLOWS} follows`,
      "workers/write/import.ts",
      (IMPORT_FOLLOWS / IMPORT_CHUNK_LINES) * at("import", IMPORT_CHUNK_LINES, IMPORT_CHUNK_LINES),
    ),
    work(
      `a batch of ${ERASE_JOBS} erasures`,
      "workers/jobs/erase.ts",
      ERASE_JOBS * at("erase reposts", ERASE_PAGE / ERASE_JOBS, ERASE_PAGE / ERASE_JOBS),
    ),
    work(
      "dead letters: a list",
      "workers/jobs/dead-letters.ts",
      at("dead letters", 0, DEAD_LETTERS_SHARDS),
    ),
  ];
}

/** How many segments a list has that is written to so often: it splits by eights until each keeps up. */
function segmentsFor(writesPerS: number): number {
  let segments = 1;
  while (writesPerS / segments > STORE_LIST_WRITES_PER_S && segments < BUCKETS) segments *= 8;
  return Math.min(segments, BUCKETS);
}

function objectComponents(seen: Seen): Component[] {
  const { inputs, setup, verbs, load } = seen;
  const { platform, workload, calibration } = inputs;
  const { rates } = load;
  const perS = platform.limit("objectRequestsPerS");
  const writesPerS = platform.limit("objectWritesPerS");
  const calls = (name: string, file: string, each: number, capacity = perS): Component => ({
    name,
    file,
    load: each,
    capacity,
    unit: "calls/s",
  });
  const follows = hot(inputs, rates, "follow");
  const likes = hot(inputs, rates, "like");
  const followSegments = segmentsFor(follows);
  const reads = hot(inputs, rates, "read a post") + likes;
  const audience = Math.min(workload.get("largestAudience"), setup.users);
  return [
    calls(
      "the object of an account",
      "db/objects/object-shards.ts",
      load.statementsPerShard,
      writesPerS,
    ),
    calls(
      "the object of the author of the hottest post",
      "workers/crowd/crowd-reads.ts",
      crowdReads(inputs, reads) + likes * verbs.ofTarget("like of a crowd"),
    ),
    calls(
      "a segment of the hottest post's reactions",
      "durable-objects/store-object/store-object.ts",
      // A like writes there when it is made, and once more by its job.
      (2 * likes) / segmentsFor(2 * likes),
      writesPerS,
    ),
    calls(
      "the object of the author that most start to follow",
      "db/objects/object-shards.ts",
      follows * verbs.ofTarget("follow of a crowd") +
        Math.min(follows, (followSegments * 1_000) / STORE_COUNTS_EVERY_MS),
    ),
    calls(
      "a segment of that author's followers",
      "durable-objects/store-object/store-object.ts",
      follows / followSegments,
      writesPerS,
    ),
    {
      name: "one author's followers: bytes of a segment",
      file: "durable-objects/store-object/list-loads.ts",
      load: Math.max(audience / BUCKETS, SEGMENT_ROWS) * (calibration.bytes["edge"] ?? 0),
      capacity: platform.limit("objectBytes"),
      unit: "bytes",
    },
    {
      name: "the object of an account: bytes after ten years",
      file: "db/objects/object-shards.ts",
      load: bytesOfAccount(inputs, 10 * 365),
      capacity: platform.limit("objectBytes"),
      unit: "bytes",
    },
    calls("a directory of handles", "db/objects/directory.ts", rates["find a handle"] / BUCKETS),
    ...objectInvocations(seen),
  ];
}

/** Works of one invocation, whose calls grow with the accounts that they ask. */
function objectInvocations({ inputs: { platform }, verbs }: Seen): Component[] {
  // Each item of a work takes some calls, one after the other: all the items' first ones go together, and so on.
  const work = (name: string, file: string, all: number, items = 1): Component => ({
    name,
    file,
    load: Math.ceil(all / items) * callsOfInvocation(items),
    capacity: platform.limit("storeCallsOfInvocation"),
    unit: "calls of an invocation",
  });
  const at = (verb: string, size: number) =>
    verbs.of(verb, { size, owners: size, shards: ANY }).statements;
  return [
    work(
      `a rebuild, ${MOST_FOLLOWEES} follows`,
      "workers/timeline/rebuild.ts",
      at("rebuild", MOST_FOLLOWEES),
      MOST_FOLLOWEES,
    ),
    work(
      `a page below the window, ${MOST_FOLLOWEES} follows`,
      "workers/timeline/archive.ts",
      at("archive page", MOST_FOLLOWEES),
      MOST_FOLLOWEES,
    ),
    work(
      `an import of ${IMPORT_CHUNK_LINES} follows`,
      "workers/write/import.ts",
      at("import", IMPORT_CHUNK_LINES),
      IMPORT_CHUNK_LINES,
    ),
    work(
      `a batch of ${ERASE_JOBS} erasures`,
      "workers/jobs/erase.ts",
      ERASE_JOBS * at("erase reposts", ERASE_PAGE / ERASE_JOBS),
      ERASE_PAGE,
    ),
    {
      ...work("dead letters: a list", "workers/jobs/dead-letters.ts", 0),
      load: DEAD_LETTERS_SHARDS,
    },
  ];
}

/** Rows at which a list is split, as wrangler.toml sets it. */
const SEGMENT_ROWS = 50_000;
/** More objects than anything touches. */
const ANY = 1e12;

/** What an account of average zeal stores in so many days. */
function bytesOfAccount({ workload, calibration }: Inputs, days: number): number {
  const size = (name: string) => calibration.bytes[name] ?? 0;
  return (
    size("account") +
    days *
      (workload.get("postsPerUserDay") * size("post") +
        workload.get("likesPerUserDay") * size("like")) +
    workload.get("followeesPerUser") * size("edge")
  );
}
