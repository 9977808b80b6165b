/**
 * Long lists: the followers of an account, and the reactors and replies of a post. A list begins in the object of
 * its owner's account. Once it is long or written to often it is split by the bucket of its members into segments,
 * which are objects of their own and may be split again. Each object knows only whether it has split the list.
 */
import { idBucket, idOwner } from "../../feed/ids.ts";
import { BUCKETS } from "../../feed/limits.ts";
import { type ListKind, listParts } from "../../feed/lists.ts";
import type { SqlValue, Statement } from "./protocol.ts";

/** How many bits of the bucket a split adds: it makes eight segments of one. */
const SPLIT_BITS = 3;
const BUCKET_BITS = Math.log2(BUCKETS);

/** A segment's share of the buckets: those whose first `bits` bits are `k`. */
export interface Share {
  bits: number;
  k: number;
}

/** The share of everything, which the list's first object has. */
export const WHOLE: Share = { bits: 0, k: 0 };

/** The buckets of a share, both ends included. */
export function bucketsOf({ bits, k }: Share): [from: number, to: number] {
  const size = 2 ** (BUCKET_BITS - bits);
  return [k * size, (k + 1) * size - 1];
}

/** The share with `bits` bits that has a bucket. */
export function shareOfBucket(bits: number, bucket: number): Share {
  return { bits, k: Math.floor(bucket / 2 ** (BUCKET_BITS - bits)) };
}

/** How many bits the segments have into which a share splits; null if it can't be split. */
export function splitBits({ bits }: Share): number | null {
  return bits >= BUCKET_BITS ? null : Math.min(bits + SPLIT_BITS, BUCKET_BITS);
}

/** The shares into which a share splits. */
export function splitOf(share: Share, bits: number): Share[] {
  const parts = 2 ** (bits - share.bits);
  return Array.from({ length: parts }, (_, n) => ({ bits, k: share.k * parts + n }));
}

/** The name of the object that has a share of a list. */
export function segmentObject(list: string, share: Share): string {
  const { owner } = listParts(list);
  return share.bits === 0 ? `account:${idOwner(owner)}` : `list:${list}:${share.bits}:${share.k}`;
}

/** A table that has rows of a list. */
export interface ListTable {
  table: string;
  /** The column that names the list's owner. */
  owner: string;
  /** All columns. */
  columns: readonly string[];
  /** The columns of the key after the owner, which order the rows. */
  key: readonly string[];
  /** The bucket of a row's member, from its values by column. */
  bucketOf(row: Readonly<Record<string, SqlValue>>): number;
}

const ofId = (column: string) => (row: Readonly<Record<string, SqlValue>>) =>
  idBucket(String(row[column]));

const TABLES: { [K in ListKind]: readonly ListTable[] } = {
  followers: [
    {
      table: "followers",
      owner: "author",
      columns: ["author", "bucket", "follower", "version", "active", "awake_ms"],
      key: ["bucket", "follower"],
      bucketOf: (row) => Number(row["bucket"]),
    },
  ],
  reactors: [
    {
      table: "reactors",
      owner: "post",
      columns: ["post", "kind", "actor", "version", "active", "entry"],
      key: ["kind", "actor"],
      bucketOf: ofId("actor"),
    },
    {
      table: "tallies",
      owner: "post",
      columns: ["post", "bucket", "likes", "reposts", "version"],
      key: ["bucket"],
      bucketOf: (row) => Number(row["bucket"]),
    },
  ],
  replies: [
    {
      table: "replies",
      owner: "parent",
      columns: ["parent", "id"],
      key: ["id"],
      bucketOf: ofId("id"),
    },
  ],
};

/** The tables of a list. */
export function tablesOf(list: string): readonly ListTable[] {
  return TABLES[listParts(list).kind];
}

/**
 * The row that counts a list: the followers in the account's row, the replies in the post's. A segment has a row of
 * its own for what it counts, so that the same statements change it; its owner has the sum. Null for reactors, whose
 * tallies are added up elsewhere.
 */
const COUNTED: { [K in ListKind]: { row: string; count: string; insert: string } | null } = {
  followers: {
    row: "users",
    count: "followers",
    insert: "INSERT INTO users (id, handle, name, followers) SELECT ?, '', '', count(*)",
  },
  replies: {
    row: "posts",
    count: "replies",
    insert: "INSERT INTO posts (id, author, text, replies) SELECT ?, '', '', count(*)",
  },
  reactors: null,
};

/** Reads how many members this object counts; null if it has no count. */
export function readCount(list: string): Statement | null {
  const { kind, owner } = listParts(list);
  const counted = COUNTED[kind];
  if (counted === null) return null;
  const sql = `SELECT ${counted.count} AS n FROM ${counted.row} WHERE id = ?`;
  return { sql, parameters: [owner] };
}

/** Writes the count of a new segment, from its rows. */
export function writeCount(list: string): Statement[] {
  const { kind, owner } = listParts(list);
  const counted = COUNTED[kind];
  if (counted === null) return [];
  const active = kind === "followers" ? " AND active = 1" : "";
  const [table] = TABLES[kind];
  const rows = `FROM ${table?.table} WHERE ${table?.owner} = ?${active}`;
  return [
    { sql: `DELETE FROM ${counted.row} WHERE id = ?`, parameters: [owner] },
    { sql: `${counted.insert} ${rows}`, parameters: [owner, owner] },
  ];
}

/** A segment's count, for the list's owner. */
export interface SegmentCount {
  segment: string;
  n: number;
  version: number;
}

/** Writes counts of segments at the list's owner, and their sum. @param gone a segment that has been split */
export function sumCounts(
  list: string,
  counts: readonly SegmentCount[],
  gone: string | null,
): Statement[] {
  const { kind, owner } = listParts(list);
  const counted = COUNTED[kind];
  if (counted === null) return [];
  const rows = JSON.stringify(counts.map(({ segment, n, version }) => [segment, n, version]));
  const version = kind === "replies" ? ", replies_version = replies_version + 1" : "";
  return [
    {
      sql: "DELETE FROM segment_counts WHERE list = ? AND segment = ?",
      parameters: [list, gone ?? ""],
    },
    {
      sql: `INSERT INTO segment_counts (list, segment, n, version)
        SELECT ?, value ->> 0, value ->> 1, value ->> 2 FROM json_each(?) WHERE true
        ON CONFLICT (list, segment) DO UPDATE SET n = excluded.n, version = excluded.version
        WHERE excluded.version > version`,
      parameters: [list, rows],
    },
    {
      sql: `UPDATE ${counted.row} SET ${counted.count} =
        (SELECT sum(n) FROM segment_counts WHERE list = ?)${version} WHERE id = ?`,
      parameters: [list, owner],
    },
  ];
}
