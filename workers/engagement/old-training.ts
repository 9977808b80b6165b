/** Training data that earlier versions kept in the shards: moved to the training log, piece by piece. */
import pMap from "p-map";
import type { OldPage } from "../../db/store.ts";
import { idFloor, idTimeMs, type UserId } from "../../feed/ids.ts";
import {
  FANOUT_CONCURRENCY,
  PAGE_EFFECT_MS,
  TRAINING_FORGET_ROWS,
  TRAINING_KEPT_MS,
  TRAINING_MOVE_PAGES,
} from "../../feed/limits.ts";
import { parseLogLine } from "../../feed/rank/training-log.ts";
import type { Deps } from "../deps.ts";
import { anonymousId, movedId, storeUnder } from "./training-log.ts";

type MoveDeps = Pick<Deps, "homes" | "trainingLog" | "oldTraining">;

/**
 * Moves some pages of a shard to the log, with the reports that they explain. It can be repeated: what it
 * writes has the same ids again.
 * @throws StoreUnavailable, ObjectUnavailable
 */
export async function moveOldPages(
  deps: MoveDeps & Pick<Deps, "nowMs">,
  shard: number,
): Promise<void> {
  const { oldTraining } = deps;
  const tooOld = idFloor(deps.nowMs() - TRAINING_KEPT_MS);
  await oldTraining.deleteBefore(shard, tooOld, TRAINING_FORGET_ROWS);
  const pages = await oldTraining.pages(shard, TRAINING_MOVE_PAGES);
  const byViewer = Map.groupBy(pages, ({ viewer }) => viewer);
  await pMap(byViewer, ([viewer, some]) => movePages(deps, shard, viewer, some), {
    concurrency: FANOUT_CONCURRENCY,
  });
  if (pages.length > 0) await oldTraining.deletePages(shard, pages);
}

async function movePages(
  deps: MoveDeps,
  shard: number,
  viewer: UserId,
  pages: readonly OldPage[],
): Promise<void> {
  const key = await deps.homes.call(viewer, async (home) => await home.logKey());
  await deps.trainingLog.nameViewer(key, viewer);
  for (const { id, line } of pages) {
    const parsed = parseLogLine(line);
    if (parsed.ok) await storeUnder(deps, key, parsed.line, movedId(id, parsed.line));
    else console.warn("an old line of the training log is invalid", { error: parsed.error });
  }
  const found = await Promise.all(
    pages.map(({ id }) =>
      deps.oldTraining.reportsOf(shard, viewer, id, idFloor(idTimeMs(id) + PAGE_EFFECT_MS)),
    ),
  );
  const byId = new Map(found.flat().map((report) => [report.id, report]));
  const reports = [...byId.values()].map(({ id, items }) => ({ atMs: idTimeMs(id), items }));
  const [last] = [...byId.keys()].toSorted().toReversed();
  if (last === undefined) return;
  await deps.trainingLog.storeReports(anonymousId(last, reports), key, reports);
}
