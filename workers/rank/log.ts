/** Writing the training log: of some pages, the facts that ranking had, as they were served. */
import { idBucket, idShare, type UserId } from "../../feed/ids.ts";
import { RANK_LOG_MAX_POSITION } from "../../feed/limits.ts";
import { logLineSchema, logLineText } from "../../feed/rank/log.ts";
import type { Timeline } from "../../feed/wire.ts";
import type { Deps } from "../deps.ts";
import { servedJob } from "../jobs/plan.ts";
import { factsOfPage } from "../timeline/facts-of-page.ts";
import type { Served } from "../timeline/page.ts";

/** A page that was served. */
export interface LoggedPage {
  id: string;
  viewer: UserId;
  order: Timeline["order"];
  served: Served;
}

/** Draws whether the next page of a viewer is logged. @returns the id of the page, or null */
export function drawLogged(deps: Deps, viewer: UserId): string | null {
  const id = deps.newId(idBucket(viewer));
  return idShare(id) * 100 < deps.config.RANK_LOG_PERCENT ? id : null;
}

/** Has a page logged. Never throws: a page that is not logged is a page all the same. */
export async function logPage(deps: Deps, page: LoggedPage): Promise<void> {
  const { id, viewer: owner, order, served } = page;
  const from = served.from ?? 0;
  if (served.entries.length === 0 || from + served.entries.length > RANK_LOG_MAX_POSITION) return;
  try {
    const [{ viewer, items }, model] = await Promise.all([
      factsOfPage(deps, owner, served),
      deps.models.current(),
    ]);
    const line = logLineSchema.parse({
      v: 1,
      page: id,
      atMs: deps.nowMs(),
      order,
      model: order === "ranked" ? model.name : null,
      viewer,
      items: items.map((item, n) => ({ ...item, position: from + n })),
    });
    await deps.queues.send([servedJob(id, viewer.id, logLineText(line))]);
  } catch (error) {
    console.warn("a page was not logged", String(error));
  }
}
