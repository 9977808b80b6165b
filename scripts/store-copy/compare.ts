/** Compares all rows of two stores, as digests. */
import { orThrow } from "../../client/src/errors.ts";
import type {
  RowDigests,
  RowsToDigest,
  SkeinAdministration,
} from "../../client/src/skein-client.ts";
import type { Table } from "../../db/rows.ts";

export interface Difference {
  /** Rows of the source. */
  rows: number;
  /** How many of them the target lacks, and how many it has with other values. */
  missing: number;
  different: number;
  /** Rows of the target that are not in the source. */
  extra: number;
}

/** What reads the digests of a piece. */
type Reader = Pick<SkeinAdministration, "readDigests">;
type StoreName = RowsToDigest["store"];

/** The most keys in memory, some 400 MB; a table with more is read several times. */
const KEYS_MAX = 2_000_000;

interface Sides {
  from: StoreName;
  to: StoreName;
  table: Table;
}

/** Compares a table, of any size. */
export async function compare(
  reader: Reader,
  sides: Sides,
  keysMax = KEYS_MAX,
): Promise<Difference> {
  for (let passes = 1; ; passes *= 2) {
    const whole = { rows: 0, missing: 0, different: 0, extra: 0 };
    let pass = 0;
    while (pass < passes) {
      const isOf = (key: string) => shareOf(key) % passes === pass;
      const part = await comparePart(reader, sides, isOf, keysMax);
      if (part === null) break;
      whole.rows += part.rows;
      whole.missing += part.missing;
      whole.different += part.different;
      whole.extra += part.extra;
      pass++;
    }
    if (pass === passes) return whole;
  }
}

/** A number that spreads keys evenly, because they are digests. */
function shareOf(key: string): number {
  return Buffer.from(key, "base64").readUInt16BE();
}

/** Compares the rows whose keys pass `isOf`. @returns null if there are too many of them */
async function comparePart(
  reader: Reader,
  { from, to, table }: Sides,
  isOf: (key: string) => boolean,
  keysMax: number,
): Promise<Difference | null> {
  const source = new Map<string, string>();
  for await (const [key, row] of digests(reader, from, table)) {
    if (isOf(key)) source.set(key, row);
    if (source.size > keysMax) return null;
  }
  const rows = source.size;
  const seen = new Set<string>();
  let different = 0;
  let extra = 0;
  // Redis may return a key twice during a scan.
  for await (const [key, row] of digests(reader, to, table)) {
    if (!isOf(key) || seen.has(key)) continue;
    seen.add(key);
    if (seen.size > keysMax) return null;
    const wanted = source.get(key);
    if (wanted === undefined) extra++;
    else if (wanted !== row) different++;
  }
  const missing = rows - (seen.size - extra);
  return { rows, missing, different, extra };
}

async function* digests(reader: Reader, store: StoreName, table: Table) {
  let cursor: string | null = null;
  do {
    const piece: RowDigests = orThrow(await reader.readDigests({ store, table, cursor }));
    yield* piece.digests;
    cursor = piece.next;
  } while (cursor !== null);
}
