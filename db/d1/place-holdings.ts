/** The buckets that one D1 database holds, in its table `placement`. */
import { z } from "zod";
import { charsOfBucket } from "../../feed/ids.ts";
import { HOLDING_STATES, type Holding, type Holdings, type HoldingState } from "../places/place.ts";
import type { PlaceShard } from "./place-shard.ts";

/** The number of a state in the table. */
export function stateNumber(state: HoldingState): number {
  return HOLDING_STATES.indexOf(state) + 1;
}

const rowSchema = z
  .object({
    bucket: z.int(),
    state: z.int().transform((n): HoldingState => HOLDING_STATES[n - 1] ?? "away"),
    other: z.string().nullable(),
    version: z.int(),
  })
  .transform((row): Holding => row);
const SPREAD = "spread";

export function d1Holdings(shard: PlaceShard): Holdings {
  return {
    all: () =>
      shard.whole(async (session) => {
        const { results } = await session
          .prepare("SELECT bucket, state, other, version FROM placement")
          .all();
        return results.map((row) => rowSchema.parse(row));
      }),

    async claim(buckets) {
      const rows = JSON.stringify(buckets.map((bucket) => [bucket, charsOfBucket(bucket)]));
      await shard.whole((session) =>
        session
          .prepare(
            `INSERT INTO placement (bucket, chars, state, version)
             SELECT value ->> 0, value ->> 1, ${stateNumber("here")}, 0 FROM json_each(?)
             WHERE true ON CONFLICT DO NOTHING`,
          )
          .bind(rows)
          .run(),
      );
    },

    settle: (spread) =>
      shard.whole(async (session) => {
        const [, read] = await session.batch<{ value: string }>([
          session
            .prepare("INSERT INTO place_state (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(SPREAD, String(spread)),
          session.prepare("SELECT value FROM place_state WHERE name = ?").bind(SPREAD),
        ]);
        return Number(read?.results[0]?.value ?? spread);
      }),

    someAccounts: (limit) =>
      shard.whole(async (session) => {
        const { results } = await session
          .prepare("SELECT id FROM users ORDER BY id LIMIT ?")
          .bind(limit)
          .all<{ id: string }>();
        return results.map(({ id }) => id);
      }),

    async open(bucket, version) {
      await shard.whole((session) =>
        session
          .prepare(
            `UPDATE placement SET state = ${stateNumber("here")}, other = NULL
             WHERE bucket = ? AND version = ? AND state = ${stateNumber("arriving")}`,
          )
          .bind(bucket, version)
          .run(),
      );
    },
  };
}
