/** SQL for the rows of a D1 shard that belong to another shard. */

/** The column of each table whose id contains the bucket, and so determines the shard. */
export const OWNERS: Readonly<Record<string, string>> = {
  users: "id",
  posts: "author",
  replies: "parent",
  followers: "author",
  following: "follower",
  outbox: "id",
  idempotency: "author",
  dead_letters: "id",
  reactions: "actor",
  reactors: "post",
  relations: "actor",
  impressions: "viewer",
  served_pages: "viewer",
};
/** Tables about the shard itself, whose rows a clone keeps: a walk through its rows goes on in both. */
export const OF_SHARD: readonly string[] = ["walks"];
/** Tables with a column for the bucket itself. */
export const BUCKETED: Readonly<Record<string, string>> = { tallies: "bucket" };

/** The digits of ids: those of feed/ids.ts. */
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** The place of the bucket in an id, counted from 1. */
const BUCKET_AT = 10;

/** Statements, one per line, that delete the rows that do not belong to shard `shard` of `shards`. */
export function foreignRowsSql(shards: number, shard: number): string {
  const buckets = [
    ...Object.entries(OWNERS).map(([table, id]) => [table, bucketOf(id)]),
    ...Object.entries(BUCKETED),
  ];
  return buckets
    .map(([table, bucket]) => `DELETE FROM ${table} WHERE (${bucket}) % ${shards} <> ${shard};`)
    .join("\n");
}

/** SQL for the bucket of an id: two digits of base 32, and instr counts from 1. */
function bucketOf(id: string): string {
  const digit = (at: number) => `(instr('${DIGITS}', substr(${id}, ${at}, 1)) - 1)`;
  return `32 * ${digit(BUCKET_AT)} + ${digit(BUCKET_AT + 1)}`;
}
