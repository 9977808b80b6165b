/** Whether two stores hold the same rows: every row of both is read, as digests. */
import { z } from "zod";
import type { Table } from "../../db/rows.ts";
import type { SkeinClient } from "../skein-client.ts";

export interface Difference {
  /** Rows of the source. */
  rows: number;
  /** Of those, how many are not in the target, and how many are otherwise there. */
  missing: number;
  different: number;
  /** Rows of the target that are not in the source. */
  extra: number;
}

const pieceSchema = z.object({
  digests: z.array(z.tuple([z.string(), z.string()])),
  next: z.string().nullable(),
});

/** Compares a table. */
export async function compare(
  client: SkeinClient,
  token: string,
  { from, to, table }: { from: string; to: string; table: Table },
): Promise<Difference> {
  const source = new Map<string, string>();
  for await (const [key, row] of digests(client, token, from, table)) source.set(key, row);
  const rows = source.size;
  const seen = new Set<string>();
  let different = 0;
  let extra = 0;
  // Redis may give a key twice while it is looked through.
  for await (const [key, row] of digests(client, token, to, table)) {
    if (seen.has(key)) continue;
    seen.add(key);
    const wanted = source.get(key);
    if (wanted === undefined) extra++;
    else if (wanted !== row) different++;
  }
  const missing = rows - (seen.size - extra);
  return { rows, missing, different, extra };
}

async function* digests(client: SkeinClient, token: string, store: string, table: Table) {
  let cursor: string | null = null;
  do {
    const piece: z.infer<typeof pieceSchema> = await client.json(
      pieceSchema,
      "/v1/admin/store/digests",
      { method: "POST", token, body: { store, table, cursor } },
    );
    yield* piece.digests;
    cursor = piece.next;
  } while (cursor !== null);
}
