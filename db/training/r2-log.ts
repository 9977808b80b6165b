/**
 * The training log in an R2 bucket: a small object for each page, and for the reports that a timeline
 * gave up together. Rules of the bucket, which `npm run deploy` sets, delete them by their age.
 */
import { z } from "zod";
import { type Id, idPeriod, idTimeMs } from "../../feed/ids.ts";
import { loggedReportSchema, type LoggedReport } from "../../feed/rank/training-log.ts";
import { type ServedPage, StoreUnavailable, type TrainingLog } from "../store.ts";

const reportsSchema = z.array(loggedReportSchema);
/** Keys in one list; the platform's figure. */
const LIST_MAX_KEYS = 1_000;

/** The bucket's folders, also in the rules that expire what is in them. */
const [PAGES, REPORTS, VIEWERS] = ["pages/", "reports/", "viewers/"];

export function r2TrainingLog(bucket: R2Bucket): TrainingLog {
  const textOf = (key: string) =>
    reached(async () => (await (await bucket.get(key))?.text()) ?? null);
  const put = async (key: string, text: string) => {
    await reached(() => bucket.put(key, text));
  };
  return {
    nameViewer: (key, viewer) => put(VIEWERS + key, viewer),

    async viewersOf(keys) {
      const found = await Promise.all(
        keys.map(async (key) => ({ key, viewer: await textOf(VIEWERS + key) })),
      );
      return new Map(found.flatMap(({ key, viewer }) => (viewer === null ? [] : [[key, viewer]])));
    },

    forgetViewer: (key) => reached(() => bucket.delete(VIEWERS + key)),

    storePage: (page) => put(keyOf(page), page.line),

    storeReports: (id, viewer, reports) =>
      put(`${REPORTS}${viewer}/${id}`, JSON.stringify(reports)),

    async pages(after, before, limit) {
      const from = after === null ? PAGES : keyOf(after);
      const found = await listPages(bucket, from, before, limit);
      return Promise.all(
        found.map(async (page) => ({ ...page, line: (await textOf(keyOf(page))) ?? "" })),
      );
    },

    async reportsOf(viewer, fromMs, toMs) {
      const prefix = `${REPORTS}${viewer}/`;
      const { objects } = await reached(() => bucket.list({ prefix, limit: LIST_MAX_KEYS }));
      // Reports are stored together after all of them have arrived.
      const keys = objects
        .map(({ key }) => key)
        .filter((key) => idTimeMs(key.slice(prefix.length)) >= fromMs);
      const texts = await Promise.all(keys.map(textOf));
      return texts
        .flatMap((text): LoggedReport[] => reportsSchema.parse(JSON.parse(text ?? "[]")))
        .filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
    },

    deleteBefore: () => Promise.resolve(),
  };
}

function keyOf({ id, viewer }: Pick<ServedPage, "id" | "viewer">): string {
  return `${PAGES}${idPeriod(id)}/${viewer}/${id}`;
}

/** Pages made before an id, after a key. */
async function listPages(
  bucket: R2Bucket,
  after: string,
  before: Id,
  limit: number,
): Promise<Pick<ServedPage, "id" | "viewer">[]> {
  const found: Pick<ServedPage, "id" | "viewer">[] = [];
  for (let startAfter = after; ;) {
    const list = await reached(() =>
      bucket.list({ prefix: PAGES, startAfter, limit: LIST_MAX_KEYS }),
    );
    for (const { key } of list.objects) {
      const [, period = "", viewer = "", id = ""] = key.split("/");
      if (period > idPeriod(before) || found.length === limit) return found;
      if (id < before) found.push({ id, viewer });
    }
    const last = list.objects.at(-1);
    if (!list.truncated || last === undefined) return found;
    startAfter = last.key;
  }
}

/** @throws StoreUnavailable */
async function reached<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new StoreUnavailable(`the bucket of the training log: ${message}`, { cause: error });
  }
}
