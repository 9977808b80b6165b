/**
 * All data of a store as rows of tables, for moving it from one place to another. Places of different kinds
 * hold the same rows in different forms.
 */
import { z } from "zod";
import { idBucket } from "../feed/ids.ts";

const id = z.string();
const int = z.int();
const text = z.string();
const flag = z.literal([0, 1]);
const optional = z.string().nullable();

/** The tables, in an order in which a row comes after the rows that it belongs to. */
export const rowSchemas = {
  users: z.object({
    id,
    handle: text,
    name: text,
    passwordHash: optional,
    followers: int,
    following: int,
    posts: int,
    wokenMs: int,
    epoch: int,
    migrating: flag,
    bio: text,
    avatarUrl: optional,
    profileVersion: int,
    state: z.enum(["active", "suspended", "leaving", "gone"]),
    stateVersion: int,
  }),
  sessions: z.object({
    account: id,
    id,
    family: text,
    current: text,
    previous: optional,
    nonce: optional,
    rotatedMs: int,
    device: text,
    endedMs: int.nullable(),
  }),
  subjects: z.object({ subject: text, account: id }),
  identities: z.object({ account: id, issuer: text, sub: text }),
  posts: z.object({
    id,
    author: id,
    text,
    replyTo: optional,
    replyToAuthor: optional,
    likes: int,
    reposts: int,
    replies: int,
    repliesVersion: int,
    countsVersion: int,
    repostOf: optional,
  }),
  replies: z.object({ parent: id, id }),
  following: z.object({ follower: id, followee: id, version: int, active: flag }),
  followers: z.object({
    author: id,
    bucket: int,
    follower: id,
    version: int,
    active: flag,
    awakeMs: int,
  }),
  reactions: z.object({
    actor: id,
    kind: z.enum(["like", "repost"]),
    post: id,
    version: int,
    active: flag,
    entry: optional,
  }),
  /** The posts' side of reactions; a row with an older version changes nothing. */
  reactors: z.object({
    post: id,
    kind: z.enum(["like", "repost"]),
    actor: id,
    version: int,
    active: flag,
    entry: optional,
  }),
  tallies: z.object({ post: id, bucket: int, likes: int, reposts: int, version: int }),
  relations: z.object({
    actor: id,
    kind: z.enum(["mute", "block", "blocked_by"]),
    target: id,
    version: int,
    active: flag,
  }),
  /** The job as JSON. */
  outbox: z.object({ id, part: int, job: text, dueMs: int }),
  idempotency: z.object({ author: id, key: text, digest: text, post: id }),
  imported: z.object({ owner: id, key: text, post: id, state: z.literal([0, 1, 2]) }),
  /** The message as JSON. */
  deadLetters: z.object({ id, reason: text, body: text }),
};

export type Rows = { [T in keyof typeof rowSchemas]: z.infer<(typeof rowSchemas)[T]> };
export type Table = keyof Rows;

export const TABLES = z
  .array(z.custom<Table>((name) => typeof name === "string"))
  .parse(Object.keys(rowSchemas));

/** The columns of each table's key. */
export const ROW_KEYS: { [T in Table]: readonly (keyof Rows[T] & string)[] } = {
  users: ["id"],
  sessions: ["account", "id"],
  subjects: ["subject"],
  identities: ["account", "issuer"],
  posts: ["id"],
  replies: ["parent", "id"],
  following: ["follower", "followee"],
  followers: ["author", "bucket", "follower"],
  reactions: ["actor", "kind", "post"],
  reactors: ["post", "kind", "actor"],
  tallies: ["post", "bucket"],
  relations: ["actor", "kind", "target"],
  outbox: ["id", "part"],
  idempotency: ["author", "key"],
  imported: ["owner", "key"],
  deadLetters: ["id"],
};

/** The key of a row: the values of `ROW_KEYS`, in that order. */
export type RowKey = readonly (string | number)[];

/** The key of a row. */
export function keyOf<T extends Table>(table: T, row: Rows[T]): RowKey {
  const values = new Map<string, unknown>(Object.entries(row));
  return ROW_KEYS[table].map((name) => keyPartSchema.parse(values.get(name)));
}

/** The bucket of a row's owner, by the row's key, which begins with the owner or what it owns. */
export function bucketOfKey(table: Table, [first, second]: RowKey): number {
  // A tally belongs to the accounts of its bucket.
  return table === "tallies" ? z.int().parse(second) : idBucket(z.string().parse(first));
}

const keyPartSchema = z.union([z.string(), z.int()]);
/** A key that was stored as JSON. */
export const keySchema = z.array(keyPartSchema);

/** Whether a text names a table. */
export function isTable(name: string): name is Table {
  return Object.hasOwn(rowSchemas, name);
}

/** A piece of a table. */
export interface RowPage<T extends Table> {
  rows: Rows[T][];
  /** The position of the next piece; null at the end. A piece before the end may be empty. */
  next: string | null;
}

/** A row as a text, so that equal rows have equal texts. What it holds as JSON may be in any order of keys. */
export function textOfRow(row: Rows[Table]): string {
  if ("job" in row) return canonical({ ...row, job: JSON.parse(row.job) as unknown });
  if ("body" in row) return canonical({ ...row, body: JSON.parse(row.body) as unknown });
  return canonical(row);
}

/** The key of a row as a text. */
export function textOfKey(key: RowKey): string {
  return JSON.stringify(key);
}

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
