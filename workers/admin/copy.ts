/**
 * Copies all data from one store to the other, piece by piece, within the Worker. Digests of every row
 * on both sides check the copy.
 */
import { canonical, ROW_KEYS, type Rows, type RowStore, type Table } from "../../db/rows.ts";
import { idTimeMs } from "../../feed/ids.ts";
import { IDEMPOTENCY_TTL_MS } from "../../feed/limits.ts";
import type { Deps } from "../deps.ts";

/** An idempotency key in its last hour is not copied, because it would expire before the check. */
const KEY_MARGIN_MS = 60 * 60 * 1000;
/** Bytes of a digest; among 10,000 million rows, two share a digest with a probability of 1 in 30. */
const DIGEST_BYTES = 9;

/** Copies a piece of a table. @returns the number of its rows, and the position of the next piece */
export async function copyPiece(
  deps: Deps,
  from: RowStore,
  to: RowStore,
  at: { table: Table; cursor: string | null },
): Promise<{ rows: number; next: string | null }> {
  const { rows, next } = await from.read(at.table, at.cursor);
  const lasting = rows.filter((row) => lasts(at.table, row, deps.nowMs()));
  if (lasting.length > 0) await to.write(at.table, lasting);
  return { rows: lasting.length, next };
}

/** The digests of a piece's rows: of each row's key, and of the whole row. */
export async function digestPiece(
  deps: Deps,
  store: RowStore,
  at: { table: Table; cursor: string | null },
): Promise<{ digests: [key: string, row: string][]; next: string | null }> {
  const { rows, next } = await store.read(at.table, at.cursor);
  const lasting = rows.filter((row) => lasts(at.table, row, deps.nowMs()));
  const digests = await Promise.all(
    lasting.map(async (row): Promise<[string, string]> => {
      const values = new Map<string, unknown>(Object.entries(row));
      const key = ROW_KEYS[at.table].map((name) => values.get(name));
      return [await digest(key), await digest(row)];
    }),
  );
  return { digests, next };
}

/** Redis deletes expired idempotency keys on time, and D1 at some later time. */
function lasts<T extends Table>(table: T, row: Rows[T], nowMs: number): boolean {
  if (table !== "idempotency" || !("digest" in row)) return true;
  return idTimeMs(row.post) > nowMs - IDEMPOTENCY_TTL_MS + KEY_MARGIN_MS;
}

async function digest(value: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(canonical(value));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return btoa(String.fromCharCode(...hash.slice(0, DIGEST_BYTES)));
}
