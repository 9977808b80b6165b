/** Writing the training log: of some pages, the facts that ranking had, as they were served. */
import { idBucket, type UserId } from "../../feed/ids.ts";
import { RANK_LOG_MAX_POSITION } from "../../feed/limits.ts";
import { isLogged, logLineSchema, logLineText } from "../../feed/rank/training-log.ts";
import type { Timeline } from "../../feed/wire.ts";
import type { Deps } from "../deps.ts";
import { servedJob } from "../../feed/delivery/new-jobs.ts";
import type { FactsOfPage } from "./facts-of-page.ts";
import type { Served } from "./page.ts";

/** A page that was served, and the facts of its entries. */
export interface LoggedPage {
  viewer: UserId;
  order: Timeline["order"];
  served: Served;
  facts: Promise<FactsOfPage>;
}

/** Whether a page is logged: if its places are known and any, and if the viewer's pages are now. */
export function isPageLogged(deps: Deps, viewer: UserId, { entries, from }: Served): boolean {
  if (from === null || entries.length === 0) return false;
  if (from + entries.length > RANK_LOG_MAX_POSITION) return false;
  return isLogged(viewer, deps.nowMs(), deps.config.RANK_LOG_PERCENT);
}

/** Has a page logged. Never throws: a page that is not logged is a page all the same. */
export async function logPage(deps: Deps, page: LoggedPage): Promise<void> {
  const { viewer: owner, order, served, facts } = page;
  const from = served.from ?? 0;
  // Named before anything is waited for: what the viewer does from now on came of it.
  const id = deps.newId(idBucket(owner));
  const atMs = deps.nowMs();
  try {
    const [{ viewer, items }, model] = await Promise.all([facts, deps.models.current()]);
    const line = logLineSchema.parse({
      v: 1,
      page: id,
      atMs,
      order,
      model: order === "ranked" ? model.name : null,
      viewer,
      items: items.map((item, n) => ({ ...item, position: from + n })),
    });
    await deps.queues.send([servedJob(id, owner, logLineText(line))]);
  } catch (error) {
    console.warn("a page was not logged", String(error));
  }
}
