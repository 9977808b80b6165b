/** Writes the training log: pages as they were served, and the reports of who was served them. */
import type { ReportsToLog } from "../../durable-objects/home-timeline/log-share.ts";
import { errorText } from "../../feed/error-text.ts";
import { fnv1a } from "../../feed/hash.ts";
import { type Id, ID_SERIAL_RANGE, idTimeMs, makeId, type UserId } from "../../feed/ids.ts";
import {
  anonymousLine,
  type LogLine,
  logLineText,
  type ViewerKey,
} from "../../feed/rank/training-log.ts";
import type { Deps } from "../deps.ts";

type LogDeps = Pick<Deps, "homes" | "trainingLog">;

/**
 * Logs a page, unless its viewer's hour is full.
 * @param line contains the viewer; the stored line has a random key in their place
 * @param page its id in the log, which names no account
 * @throws ObjectUnavailable, StoreUnavailable
 */
export async function storeLine(deps: LogDeps, line: LogLine, page: Id): Promise<void> {
  const viewer = line.viewer.id;
  // A key is as long as an id.
  const bytes = anonymousLine(line, page, viewer);
  if (bytes === null) return;
  const admission = await deps.homes.call(
    viewer,
    async (home) => await home.admitPage(line.atMs, logLineText(bytes).length),
  );
  if (admission === null) return;
  const { key, first } = admission;
  if (first) await deps.trainingLog.nameViewer(key, viewer);
  await storeUnder(deps, key, line, page);
}

/** Stores a line under a key. @throws StoreUnavailable */
export async function storeUnder(
  deps: Pick<Deps, "trainingLog">,
  key: ViewerKey,
  line: LogLine,
  page: Id,
): Promise<void> {
  const anonymous = anonymousLine(line, page, key);
  if (anonymous === null) return;
  await deps.trainingLog.storePage({ id: page, viewer: key, line: logLineText(anonymous) });
}

/** Logs reports that a timeline has folded. Never throws: they are recorded, whether logged or not. */
export async function logReports(
  deps: Pick<Deps, "trainingLog" | "drawId">,
  toLog: ReportsToLog | null,
): Promise<void> {
  if (toLog === null) return;
  try {
    await deps.trainingLog.storeReports(deps.drawId(0), toLog.key, toLog.reports);
  } catch (error) {
    console.warn("reports are missing in the training log", { error: errorText(error) });
  }
}

/**
 * Makes what the log has of a viewer anonymous: whose it is can't be found out any more. Safe to repeat.
 * @throws ObjectUnavailable, StoreUnavailable
 */
export async function forgetViewer(deps: LogDeps, viewer: UserId): Promise<void> {
  // The log forgets the viewer first: the timeline has the only copy of the key that finds them there.
  const key = await deps.homes.call(viewer, async (home) => await home.logKey());
  await deps.trainingLog.forgetViewer(key);
  await deps.homes.call(viewer, async (home) => await home.destroyLogKey());
}

/** An id of the same time that names no account: it is the same for the same items, and says only that. */
export function movedId(id: Id, line: LogLine): Id {
  return anonymousId(id, anonymousLine(line, "", "")?.items ?? []);
}

/** An id of the same time that names no account: it is the same for the same data, and says only that. */
export function anonymousId(id: Id, data: unknown): Id {
  return makeId(idTimeMs(id), 0, fnv1a(JSON.stringify(data)) % ID_SERIAL_RANGE);
}
