/** The figures of the whole deployment: every region's aggregator, and what waits. */
import pTimeout from "p-timeout";
import type { Backlog } from "../../feed/metrics/backlog.ts";
import type { Accounts } from "../../feed/metrics/exposition.ts";
import { DATA_POINTS_MAX, AGGREGATOR_TIMEOUT_MS } from "../../feed/limits.ts";
import { backlogPoints } from "../../feed/metrics/analytics-points.ts";
import { type Region, REGIONS } from "../../feed/delivery/regions.ts";
import type { Deps } from "../deps.ts";

/** What is known of a deployment. */
export interface Figures {
  accounts: Accounts;
  /** Regions whose ledger did not answer. */
  missing: Region[];
  backlog: Backlog;
}

/** Gathers everything, this isolate's own included. It never throws: what does not answer is missing. */
export async function gather(env: Pick<Env, "METRICS_AGGREGATOR">, deps: Deps): Promise<Figures> {
  await deps.meter.flush();
  const accounts: Accounts = {};
  const missing: Region[] = [];
  const [backlog] = await Promise.all([
    deps.backlogs.read(),
    ...REGIONS.map(async (region) => {
      try {
        const aggregator = env.METRICS_AGGREGATOR.getByName(region, { locationHint: region });
        const account = await pTimeout(aggregator.read(), { milliseconds: AGGREGATOR_TIMEOUT_MS });
        accounts[region] = account;
      } catch (error) {
        console.warn("a ledger does not answer", { region, error: String(error) });
        missing.push(region);
      }
    }),
  ]);
  return { accounts, missing, backlog };
}

/** Writes what waits to Analytics Engine, if there is one; the rest is written by the ledgers. */
export async function publishBacklog(env: Pick<Env, "ANALYTICS">, deps: Deps): Promise<void> {
  const analytics: AnalyticsEngineDataset | undefined = env.ANALYTICS;
  const points = backlogPoints(await deps.backlogs.read());
  for (const point of points.slice(0, DATA_POINTS_MAX)) analytics?.writeDataPoint(point);
}
