/** Outbox rows of store objects, counted from outside the Worker. */
import pMap from "p-map";
import { z } from "zod";

/** Objects that are asked at once. */
const AT_ONCE = 20;

const answerSchema = z.object({
  results: z.array(z.object({ rows: z.array(z.array(z.unknown())) })),
});

const COUNT = {
  statements: [{ sql: "SELECT count(*) FROM outbox", parameters: [] }],
  lists: [],
};

/**
 * Counts the outbox rows of some objects.
 * @param run sends a batch to an object, by its id (`durable-objects/store-object/protocol.ts`)
 */
export async function countOutboxRows(
  ids: readonly string[],
  run: (id: string, batch: typeof COUNT) => Promise<unknown>,
): Promise<number> {
  const counts = await pMap(
    ids,
    async (id) => {
      const { results } = answerSchema.parse(await run(id, COUNT));
      return Number(results[0]?.rows[0]?.[0] ?? 0);
    },
    { concurrency: AT_ONCE },
  );
  return counts.reduce((sum, n) => sum + n, 0);
}
