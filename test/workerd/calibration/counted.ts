/** Turns counts into samples of the calibration. */
import type { Sample } from "../../../scripts/scale/calibration.ts";
import { idOwner, type UserId } from "../../../feed/ids.ts";
import type { Details } from "../meters.ts";

/** @param times how often the verb ran in this sample; the figures are of one run */
export function sampleOf(
  { about, ...what }: { verb: string; shards: number; size: number; about: UserId | null },
  { costs, calls, statements }: Details,
  times: number,
): Sample {
  const perShard = Object.values(statements);
  const each = (sum: number) => Number((sum / times).toFixed(3));
  return {
    ...what,
    statements: each(perShard.reduce((sum, count) => sum + count, 0)),
    statementsOfOneShard: each(Math.max(0, ...perShard)),
    shardsTouched: perShard.length,
    callsOfTarget: each(about === null ? 0 : (statements[`account:${idOwner(about)}`] ?? 0)),
    rowsRead: each(costs.d1RowsRead + costs.storeRowsRead),
    rowsWritten: each(costs.d1RowsWritten + costs.storeRowsWritten),
    objectRows: each(costs.objectRows),
    messages: each(costs.queueMessages),
    kvReads: each(costs.kvReads),
    kvWrites: each(costs.kvWrites),
    calls: Object.fromEntries(Object.entries(calls).map(([name, count]) => [name, each(count)])),
  };
}
