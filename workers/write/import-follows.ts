/** Importing follows. */
import type { Account } from "../../db/store.ts";
import { edgesJob } from "../../feed/delivery/new-jobs.ts";
import type { UserId } from "../../feed/ids.ts";
import { FOLLOWING_MAX } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";
import { drawIds } from "../draw-ids.ts";
import { markForExport } from "../export/event-queue.ts";
import { propagateEdgesInBulk } from "../jobs/edges.ts";
import { finishJobs } from "../jobs/finish.ts";
import { addError, type Progress } from "./import-progress.ts";

interface NumberedFollow {
  number: number;
  /** The follower's, then the followee's. */
  handles: readonly [string, string];
}

/** Writes follows that are new. @throws StoreUnavailable, ObjectUnavailable */
export async function importFollows(
  deps: Deps,
  follows: readonly NumberedFollow[],
  progress: Progress,
): Promise<void> {
  const accounts = await deps.store.accounts.byHandles(follows.flatMap(({ handles }) => handles));
  const lines = follows.flatMap(({ number, handles }) => {
    const [follower, followee] = handles.map((handle) => accounts.get(handle));
    if (follower !== undefined && followee !== undefined) return { number, follower, followee };
    const unknown = follower === undefined ? handles[0] : handles[1];
    addError(progress, number, `there is no account @${unknown}`);
    return [];
  });
  const existing = await existingFollows(deps, lines);
  const newLines = new Map<string, (typeof lines)[number]>();
  const followingCounts = new Map<UserId, number>();
  for (const { number, follower, followee } of lines) {
    const edge = edgeOf({ follower, followee });
    const following = followingCounts.get(follower.id) ?? follower.counts.following;
    if (follower.id === followee.id) addError(progress, number, "an account cannot follow itself");
    else if (existing.has(keyOf(edge)) || newLines.has(keyOf(edge))) progress.report.skipped++;
    else if (following >= FOLLOWING_MAX) {
      const error = `@${follower.handle} already follows ${FOLLOWING_MAX} accounts, the most allowed`;
      addError(progress, number, error);
    } else {
      followingCounts.set(follower.id, following + 1);
      newLines.set(keyOf(edge), { number, follower, followee });
    }
  }
  const edges = [...newLines.values()].map(edgeOf);
  const { written, refused } = await writeEdges(deps, edges);
  progress.report.follows += written;
  progress.report.skipped += edges.length - written - refused.length;
  for (const edge of refused) {
    const line = newLines.get(keyOf(edge));
    if (line === undefined) continue;
    const why = "one has blocked the other, or the follower has followed too many meanwhile";
    const pair = `@${line.follower.handle} cannot follow @${line.followee.handle}`;
    addError(progress, line.number, `${pair}: ${why}`);
  }
}

interface Edge {
  follower: UserId;
  followee: UserId;
}

function edgeOf({ follower, followee }: { follower: Account; followee: Account }): Edge {
  return { follower: follower.id, followee: followee.id };
}

function keyOf(edge: Edge): string {
  return `${edge.follower} ${edge.followee}`;
}

/**
 * The keys of the follows that exist. The import skips them, and the sweep finishes those that a
 * crash left half done.
 */
async function existingFollows(
  deps: Deps,
  lines: readonly { follower: Account; followee: Account }[],
): Promise<Set<string>> {
  const edges = await deps.store.graph.edges(lines.map(edgeOf));
  return new Set(edges.filter((edge) => edge.following).map((edge) => keyOf(edge)));
}

/**
 * Writes edges together with the jobs that heal a crash, then does the work of those jobs for all
 * followers at once. @returns how many edges are new, and those that the store did not accept
 */
async function writeEdges(
  deps: Deps,
  edges: readonly Edge[],
): Promise<{ written: number; refused: Edge[] }> {
  if (edges.length === 0) return { written: 0, refused: [] };
  const byFollower = Map.groupBy(edges, (edge) => edge.follower);
  const { written, jobs } = await drawIds(async () => {
    const all = [...byFollower].map(([follower, own]) => {
      const job = edgesJob(deps.newId(follower), {
        follower,
        followees: own.map((edge) => edge.followee),
        timeline: "rebuild",
        hint: null,
      });
      return markForExport(deps.events, "follow", job);
    });
    return {
      written: await deps.store.graph.importEdges(edges, deps.nowMs(), all),
      jobs: all,
    };
  });
  const stored = await deps.store.graph.edges(edges);
  await propagateEdgesInBulk(deps, stored);
  await finishJobs(deps, jobs);
  const following = new Set(stored.filter((edge) => edge.following).map(keyOf));
  return { written, refused: edges.filter((edge) => !following.has(keyOf(edge))) };
}
