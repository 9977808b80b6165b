/** Which rows of a D1 shard belong to another shard. */

/** The column of each table whose id tells the bucket, and with it the shard. */
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
  relations: "actor",
  impressions: "viewer",
  served_pages: "viewer",
};
/** Tables that keep the bucket itself, and its column. */
export const BUCKETED: Readonly<Record<string, string>> = { tallies: "bucket" };

/** The digits of an id, as feed/ids.ts has them. */
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** Where an id has its bucket, counted from 1. */
const BUCKET_AT = 10;

/** Statements, one a line, that delete what shard `shard` of `shards` does not hold. */
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
