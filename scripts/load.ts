/**
 * `npm run load`: drives a running Skein as a crowd would. Operations begin at their times, whether
 * earlier ones have been answered or not. At the end it says how long things took, when posts became
 * visible, and whether any was lost or shown twice.
 *
 * --url URL        the Skein (http://localhost:8787)
 * --token TOKEN    its ADMIN_TOKEN (by default from the environment, then from .dev.vars)
 * --graph FILE     who follows whom: lines "a b"; with --mutual each pair follows each other
 * --trace FILE     a timed activity file: lines "actor target seconds RT|RE|MT"; its posts come at its
 *                  times, sped up by --speed (60)
 * --mix MIX        day, deathstar, posts, reads, or weights such as read=60,post=40 (day)
 * --rate N         operations a second (20)        --seconds N   the length of a stage (30)
 * --accounts N     the most people of the graph (500)  --sockets N   of them with a socket (50)
 * --ramp           a stage after the other, each 1.5 times as fast, until one breaks
 * --seed N         the same seed draws the same operations (1)
 * --name NAME      the first part of the handles, which later runs use again (load)
 * --json FILE      writes the result
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { orThrow } from "../client/src/errors.ts";
import type { Skein } from "../client/src/skein-client.ts";
import { adminToken, DEFAULT_URL } from "./administration.ts";
import { administrationAt, skeinAt } from "./clients.ts";
import { loadFollowGraph } from "./demo/graph.ts";
import { type Random, randomFrom } from "./demo/random.ts";
import { poisson } from "./load/arrivals.ts";
import { checkAuthor, checkTimeline, type Faults, type Posted } from "./load/check.ts";
import { Crowd, type Member } from "./load/crowd.ts";
import { draw, type Mix, readMix } from "./load/mix.ts";
import { stageLines, stageReport, type StageReport } from "./load/report.ts";
import { loadingClient, Requests } from "./load/requests.ts";
import { type Arrival, Stage } from "./load/run.ts";
import { type Activity, densestPart, type Graph, readEdges, readTrace } from "./load/sources.ts";
import { Watchers } from "./load/watchers.ts";
import { MintedTokens } from "./minted-tokens.ts";
import { CommandError, runCommand } from "./project.ts";

const USAGE =
  "Usage: npm run load -- [--graph FILE | --trace FILE] [--mix MIX] [--rate N] [--ramp] …";
const RAMP_FACTOR = 1.5;
const RAMP_STAGES_MAX = 12;
/** A stage breaks when it has more errors than this share, or a p99 above this. */
const BROKEN_ERRORS_SHARE = 0.01;
const BROKEN_P99_MS = 5_000;
/** How long posts may take to reach everybody after the last stage, and how many timelines are compared. */
const SETTLE_MS = 60_000;
const SETTLE_POLL_MS = 2_000;
const CHECKED_TIMELINES = 40;

interface Options {
  url: string;
  mix: Mix;
  rate: number;
  seconds: number;
  accounts: number;
  sockets: number;
  speed: number;
  ramp: boolean;
  seed: number;
  name: string;
}

await runCommand(async () => {
  const { values } = parse();
  const options = readOptions(values);
  const token = await adminToken(values.token, USAGE);
  const administration = administrationAt(options.url, token);
  const { graph, activities } = await readSource(values, options);
  const crowd = await Crowd.gather(administration, loadingClient(options.url), graph, options.name);
  await crowd.signIn(new MintedTokens(administration), crowd.members);
  const pulled = await pulledOf(skeinAt(options.url), crowd);
  const random = randomFrom(options.seed);
  const requests = new Requests(random);
  const world = { crowd, pulled, random, requests, activities };
  const { stages, posted, watchers } = await runStages(world, options);
  const faults = await check(world, posted, watchers);
  watchers.close();
  for (const line of verdict(faults, posted.length, watchers.lost)) console.log(line);
  if (values.json !== undefined) {
    const accounts = crowd.members.length;
    const result = {
      accounts,
      follows: graph.follows.length,
      stages,
      posts: posted.length,
      faults,
    };
    await writeFile(values.json, JSON.stringify(result, null, 2));
  }
  if (faults.missing.length + faults.twice.length > 0) process.exitCode = 1;
});

interface World {
  crowd: Crowd;
  pulled: ReadonlySet<Member>;
  random: Random;
  requests: Requests;
  activities: readonly Activity[] | null;
}

async function runStages(world: World, options: Options) {
  const { crowd, requests, random, pulled } = world;
  let stage = new Stage(requests, random, pulled);
  const watching = crowd.members.slice(0, options.sockets);
  const watchers = await Watchers.open(watching, (member, id) => stage.onPost(member, id));
  let interrupted = false;
  process.once("SIGINT", () => (interrupted = true));
  const stages: StageReport[] = [];
  const posted: Posted[] = [];
  for (let n = 0, factor = 1; n < (options.ramp ? RAMP_STAGES_MAX : 1); n++) {
    stage = new Stage(requests, random, pulled);
    const arrivals = arrivalsOf(world, options, factor);
    console.log(`\nStage ${n + 1}: ${arrivals.length} operations`);
    const whole = stageReport(stage.stats, await stage.run(arrivals, () => interrupted));
    stages.push(whole);
    posted.push(...stage.posted);
    for (const line of stageLines(whole)) console.log(line);
    if (interrupted || isBroken(stage)) {
      console.log(interrupted ? "Stopped." : "This stage broke.");
      break;
    }
    factor *= RAMP_FACTOR;
  }
  return { stages, posted, watchers };
}

function isBroken({ stats }: Stage): boolean {
  const p99 = stats.quantile(0.99) ?? 0;
  return stats.errors > stats.begun * BROKEN_ERRORS_SHARE || p99 > BROKEN_P99_MS;
}

/** The operations of a stage: of the trace at its times, or of the mix at random times. */
function arrivalsOf(world: World, options: Options, factor: number): Arrival[] {
  const { crowd, random, activities } = world;
  if (activities !== null) return ofTrace(crowd, activities, options, options.speed * factor);
  return poisson(options.rate * factor, options.seconds, random).map((atMs) => ({
    atMs,
    operation: draw(options.mix, random),
    member: random.pick(crowd.members),
  }));
}

/** Every activity of a member is a post of theirs, at its time; as many as fit a stage. */
function ofTrace(
  crowd: Crowd,
  activities: readonly Activity[],
  { seconds }: Options,
  speed: number,
): Arrival[] {
  const own = activities.flatMap(({ actor, atS }) => {
    const member = crowd.byNumber.get(actor);
    return member === undefined ? [] : [{ atS, member }];
  });
  // The busiest part of the file: where as many activities as possible fall into a stage.
  const span = seconds * speed;
  let [from, most] = [0, 0];
  for (let start = 0, end = 0; start < own.length; start++) {
    while (end < own.length && (own[end]?.atS ?? 0) < (own[start]?.atS ?? 0) + span) end++;
    if (end - start > most) [from, most] = [start, end - start];
  }
  const beginS = own[from]?.atS ?? 0;
  return own.slice(from, from + most).map(({ atS, member }) => ({
    atMs: ((atS - beginS) / speed) * 1000,
    operation: "post",
    member,
  }));
}

/** Waits until everything has arrived, and compares timelines with what was posted. */
async function check(
  { crowd, random }: World,
  posted: readonly Posted[],
  watchers: Watchers,
): Promise<Faults> {
  console.log(`\nChecking that none of ${posted.length} posts was lost or shown twice …`);
  const authors = [...new Set(posted.map(({ author }) => author))];
  const readers = [...watchers.members.slice(0, CHECKED_TIMELINES / 2)];
  while (readers.length < Math.min(CHECKED_TIMELINES, crowd.members.length)) {
    readers.push(random.pick(crowd.members));
  }
  const untilMs = performance.now() + SETTLE_MS;
  for (;;) {
    const found = await Promise.all([
      ...readers.map((reader) => checkTimeline(reader, posted)),
      ...authors.slice(0, CHECKED_TIMELINES).map((one) => checkAuthor(one, posted)),
    ]);
    const faults = {
      missing: found.flatMap(({ missing }) => missing),
      twice: found.flatMap(({ twice }) => twice),
    };
    if (faults.missing.length === 0 || performance.now() > untilMs) return faults;
    await sleep(SETTLE_POLL_MS);
  }
}

function verdict(faults: Faults, posts: number, lostSockets: number): string[] {
  const sockets = lostSockets === 0 ? [] : [`${lostSockets} sockets were closed by the server.`];
  const { missing, twice } = faults;
  if (missing.length + twice.length === 0) {
    return [`All ${posts} posts are where they belong, each once.`, ...sockets];
  }
  return [
    `LOST in some timeline: ${new Set(missing).size} posts, such as ${missing.slice(0, 3).join()}`,
    `TWICE in some timeline: ${new Set(twice).size} posts`,
    ...sockets,
  ];
}

/** The members whose posts are pulled. */
async function pulledOf(client: Skein, crowd: Crowd): Promise<Set<Member>> {
  const most = [...crowd.members]
    .sort((a, b) => b.followers.length - a.followers.length)
    .slice(0, 50);
  const users = await Promise.all(
    most.map(async ({ handle }) => orThrow(await client.readUser(`@${handle}`))),
  );
  return new Set(most.filter((_, n) => users[n]?.celebrity === true));
}

async function readSource(
  { graph, trace, mutual }: ReturnType<typeof parse>["values"],
  { accounts }: Options,
): Promise<{ graph: Graph; activities: Activity[] | null }> {
  if (trace !== undefined) {
    const read = await readTrace(trace);
    return { graph: densestPart(read.graph, accounts), activities: read.activities };
  }
  if (graph !== undefined) {
    return { graph: densestPart(await readEdges(graph, mutual), accounts), activities: null };
  }
  const { following } = await loadFollowGraph();
  const follows = [...following].flatMap(([follower, some]) =>
    some.map((followee) => ({ follower, followee })),
  );
  const people = [...new Set(follows.flatMap((edge) => [edge.follower, edge.followee]))];
  return { graph: densestPart({ people, follows }, accounts), activities: null };
}

function readOptions(values: ReturnType<typeof parse>["values"]): Options {
  const number = (name: "rate" | "seconds" | "accounts" | "sockets" | "speed" | "seed") => {
    const value = Number(values[name]);
    if (values[name].trim() !== "" && Number.isFinite(value) && value >= 0) return value;
    throw new CommandError(`--${name} is a number from 0 on. It was: ${values[name]}\n${USAGE}`);
  };
  return {
    url: values.url,
    mix: readMix(values.mix),
    rate: number("rate"),
    seconds: number("seconds"),
    accounts: number("accounts"),
    sockets: number("sockets"),
    speed: number("speed"),
    ramp: values.ramp,
    seed: number("seed"),
    name: values.name,
  };
}

function parse() {
  const text = (fallback: string) => ({ type: "string", default: fallback }) as const;
  try {
    return parseArgs({
      options: {
        url: text(DEFAULT_URL),
        token: { type: "string" },
        graph: { type: "string" },
        trace: { type: "string" },
        json: { type: "string" },
        mutual: { type: "boolean", default: false },
        ramp: { type: "boolean", default: false },
        mix: text("day"),
        rate: text("20"),
        seconds: text("30"),
        accounts: text("500"),
        sockets: text("50"),
        speed: text("60"),
        seed: text("1"),
        name: text("load"),
      },
    });
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message : ""}\n${USAGE}`);
  }
}
