/** The figures of the whole deployment: the snapshot of every region's aggregator, and the backlog. */
import { errorText } from "../../feed/error-text.ts";
import { within } from "../../durable-objects/within.ts";
import type { Store } from "../../db/store.ts";
import type { Backlog } from "../../feed/metrics/backlog.ts";
import type { Accounts } from "../../feed/metrics/exposition.ts";
import { type GaugeName, seriesKey } from "../../feed/metrics/figures.ts";
import { sumOfGauges } from "../../feed/metrics/gauges.ts";
import { DATA_POINTS_MAX, AGGREGATOR_TIMEOUT_MS } from "../../feed/limits.ts";
import { backlogPoints } from "../../feed/metrics/analytics-points.ts";
import { type Region, REGIONS } from "../../feed/delivery/regions.ts";
import type { Backlogs } from "./backlogs.ts";
import type { Meter } from "./meter.ts";

/** The figures of a deployment. */
export interface Figures {
  snapshots: Accounts;
  /** Regions whose aggregator did not answer in time. */
  missing: Region[];
  backlog: Backlog;
}

/** What reading the figures needs. */
interface Sources {
  meter: Meter;
  backlogs: Backlogs;
  store: Pick<Store, "shards">;
  nowMs: () => number;
}

/** Reads all figures, including this isolate's own. It never throws: a part may be missing. */
export async function readFigures(
  env: Pick<Env, "METRICS_AGGREGATOR">,
  { meter, backlogs, store, nowMs }: Sources,
): Promise<Figures> {
  await meter.flush();
  const snapshots: Accounts = {};
  const missing: Region[] = [];
  const [queues] = await Promise.all([
    backlogs.read(),
    ...REGIONS.map(async (region) => {
      try {
        const aggregator = env.METRICS_AGGREGATOR.getByName(region, { locationHint: region });
        const snapshot = await within(aggregator.read(), { milliseconds: AGGREGATOR_TIMEOUT_MS });
        snapshots[region] = snapshot;
      } catch (error) {
        console.warn("a metrics aggregator does not answer", { region, error: errorText(error) });
        missing.push(region);
      }
    }),
  ]);
  const gauges = Object.values(snapshots).map(({ sums }) => sums.gauges ?? {});
  const totalOf = (name: GaugeName): number | null => {
    const keys = Array.from({ length: store.shards }, (_, k) => seriesKey(name, String(k)));
    return sumOfGauges(gauges, keys, nowMs());
  };
  const backlog = {
    outbox: totalOf("outbox_rows"),
    deadLetters: totalOf("dead_letters"),
    queues,
  };
  return { snapshots, missing, backlog };
}

/**
 * Writes the backlog to Analytics Engine, if that is bound. The aggregators write all other figures.
 */
export async function publishBacklog(
  env: Pick<Env, "ANALYTICS" | "METRICS_AGGREGATOR">,
  sources: Sources,
): Promise<void> {
  const analytics: AnalyticsEngineDataset | undefined = env.ANALYTICS;
  if (analytics === undefined) return;
  const { backlog } = await readFigures(env, sources);
  const points = backlogPoints(backlog);
  for (const point of points.slice(0, DATA_POINTS_MAX)) analytics.writeDataPoint(point);
}
