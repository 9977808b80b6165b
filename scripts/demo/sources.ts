/** What the demo plays: made-up people over a real graph, or the graph and the trace of files. */
import { CommandError } from "../project.ts";
import { type Activity, densestPart, readEdges, readTrace } from "../load/sources.ts";
import { loadFollowGraph, numbered } from "./graph.ts";
import { type History, makeHistory } from "./history.ts";
import type { DemoOptions } from "./options.ts";
import { playOf, type TimedAct } from "./play.ts";
import { makeWorld, type World } from "./world.ts";

const WORLD_SEED = 1;
/** The most people of a file: with more, the demo takes minutes to fill. */
const PEOPLE_MAX = 5_000;
/** With fewer activities of its people, a trace is of another graph. */
const ACTIVITIES_MIN = 10;

/** A world with its past, and what happens in it next. */
export interface Sources {
  world: World;
  history: History;
  /** The acts of the trace that follow the history. */
  acts: readonly TimedAct[];
}

/**
 * Reads the files, and makes the rest. A trace without a graph is its own graph: an account follows everybody
 * whose posts it has reposted. @throws CommandError if a file is wrong
 */
export async function readSources(
  { graph: graphPath, trace: tracePath, mutual }: Pick<DemoOptions, "graph" | "trace" | "mutual">,
  nowMs: number,
): Promise<Sources> {
  const trace = tracePath === null ? null : await readTrace(tracePath);
  const wholeGraph = graphPath === null ? trace?.graph : await readEdges(graphPath, mutual);
  if (wholeGraph === undefined) {
    const world = makeWorld(await loadFollowGraph(), WORLD_SEED);
    return { world, history: makeHistory(world, nowMs), acts: [] };
  }
  const { graph, numberOf } = numbered(densestPart(wholeGraph, PEOPLE_MAX));
  const world = makeWorld(graph, WORLD_SEED);
  if (trace === null) return { world, history: makeHistory(world, nowMs), acts: [] };
  const activities = trace.activities.flatMap((activity): Activity[] => {
    const [actor, target] = [numberOf.get(activity.actor), numberOf.get(activity.target)];
    return actor === undefined || target === undefined ? [] : [{ ...activity, actor, target }];
  });
  if (activities.length < ACTIVITIES_MIN) {
    throw new CommandError(`${tracePath} has no activity of the people of ${graphPath}.`);
  }
  return { world, ...playOf(world, activities, nowMs) };
}
