/** Running a step for every job of a batch, so that one job's failure stops no other. */
import pMap from "p-map";
import type { Job } from "../../feed/delivery/jobs.ts";

/** The jobs of a batch that failed, each with the error it failed with. */
export type JobFailures<J extends Job> = Map<J, unknown>;

/**
 * Runs a step for each item of a batch. A step that throws adds its job to `failures`.
 * @returns the results of the other steps, in the order of the items
 */
export async function forEachJob<J extends Job, T extends { job: J }, R>(
  items: readonly T[],
  failures: JobFailures<J>,
  step: (item: T) => Promise<R>,
  concurrency = Infinity,
): Promise<R[]> {
  const results = await pMap(
    items,
    async (item): Promise<R[]> => {
      try {
        return [await step(item)];
      } catch (error) {
        failures.set(item.job, error);
        return [];
      }
    },
    { concurrency },
  );
  return results.flat();
}
