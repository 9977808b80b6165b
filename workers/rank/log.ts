/** Writing the training log: of some pages, the facts that ranking had, as they were served. */
import { idBucket, idShare, type UserId } from "../../feed/ids.ts";
import { RANK_LOG_MAX_POSITION } from "../../feed/limits.ts";
import type { ItemFacts, ViewerFacts } from "../../feed/rank/facts.ts";
import { logLineSchema, logLineText } from "../../feed/rank/log.ts";
import type { Timeline } from "../../feed/wire.ts";
import type { Deps } from "../deps.ts";
import { servedJob } from "../jobs/plan.ts";

/** A page that was served, with what ranking knows of it. */
export interface LoggedPage {
  id: string;
  order: Timeline["order"];
  /** The model that ranked it. */
  model: string | null;
  viewer: ViewerFacts;
  items: readonly ItemFacts[];
  /** Where in the scroll the first item stands. */
  from: number;
}

/** Draws whether the next page of a viewer is logged. @returns the id of the page, or null */
export function drawLogged(deps: Deps, viewer: UserId): string | null {
  const id = deps.newId(idBucket(viewer));
  return idShare(id) * 100 < deps.config.RANK_LOG_PERCENT ? id : null;
}

/** Has a page logged. Never throws: a page that is not logged is a page all the same. */
export async function logPage(deps: Deps, page: LoggedPage): Promise<void> {
  const { id, order, model, viewer, items, from } = page;
  if (items.length === 0 || from + items.length > RANK_LOG_MAX_POSITION) return;
  try {
    const line = logLineSchema.parse({
      v: 1,
      page: id,
      atMs: deps.nowMs(),
      order,
      model,
      viewer,
      items: items.map((item, n) => ({ ...item, position: from + n })),
    });
    await deps.queues.send([servedJob(id, viewer.id, logLineText(line))]);
  } catch (error) {
    console.warn("a page was not logged", String(error));
  }
}
