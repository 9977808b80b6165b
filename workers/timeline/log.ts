/** `log`: stores the facts that ranking had about a sample of pages, as they were served. */
import { errorText } from "../../feed/error-text.ts";
import type { UserId } from "../../feed/ids.ts";
import { RANK_LOG_MAX_POSITION } from "../../feed/limits.ts";
import { isLogged, logLineSchema } from "../../feed/rank/training-log.ts";
import type { Deps } from "../deps.ts";
import { storeLine } from "../engagement/training-log.ts";
import type { HydratedPage } from "./page.ts";
import type { PageFacts } from "./page-facts.ts";

type LoggedPage = Pick<HydratedPage, "order" | "entries" | "from">;

/** Whether a page is logged: its places are known, it has items, and its viewer is in the sample. */
export function isPageLogged(deps: Deps, viewer: UserId, { entries, from }: LoggedPage): boolean {
  if (from === null || entries.length === 0) return false;
  if (from + entries.length > RANK_LOG_MAX_POSITION) return false;
  return isLogged(viewer, deps.nowMs(), deps.config.RANK_LOG_PERCENT);
}

/** Stores a page in the log, unless its viewer's hour is full. Never throws: a page is served whether it is logged or not. */
export async function logPage(
  deps: Deps,
  owner: UserId,
  page: LoggedPage,
  facts: Promise<PageFacts>,
): Promise<void> {
  const from = page.from ?? 0;
  // The id is made before anything is awaited, so that every later action of the viewer has a newer one.
  // It names no account.
  const id = deps.drawId(0);
  const atMs = deps.nowMs();
  try {
    const [{ viewer, items }, model] = await Promise.all([facts, deps.models.current()]);
    const line = logLineSchema.parse({
      v: 1,
      page: id,
      atMs,
      order: page.order,
      model: page.order === "ranked" ? model.name : null,
      viewer,
      items: items.map((item, n) => ({ ...item, position: from + n })),
    });
    await storeLine(deps, line, id);
  } catch (error) {
    console.warn("a page is missing in the training log", {
      viewer: owner,
      error: errorText(error),
    });
  }
}
