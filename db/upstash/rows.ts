/** The rows of all Redis databases, by table. */
import { z } from "zod";
import { batchesOf, bytesInJson } from "../../feed/delivery/batches.ts";
import { bucketOfChars, idBucket, idTimeMs, makeId } from "../../feed/ids.ts";
import { IDEMPOTENCY_TTL_MS } from "../../feed/limits.ts";
import { bucketOf, canonical, type Rows, rowSchemas, type RowStore, type Table } from "../rows.ts";
import { stringsSchema } from "./answers.ts";
import type { Argument, Credentials } from "./database.ts";
import { chunksOf, Databases, LARGE_ROWS } from "./databases.ts";
import { PREFIXES, READERS, SCAN, WRITERS } from "./row-scripts.ts";

/** Keys in one piece; a key that is a collection gives up to about 500 rows. */
const KEYS_PER_PAGE = 50;

const cursorSchema = z.object({
  database: z.int().min(0),
  /** Redis's cursor among all keys; null at the end. */
  scan: z.string().nullable(),
  /** Keys that have not been read to their ends, with the position in each. */
  keys: z.array(z.tuple([z.string(), z.string()])),
});
const START = { database: 0, scan: "0", keys: [] };

const partSchema = z.tuple([z.string(), z.array(z.string().nullable())]);
const json = (text: string | undefined): unknown => JSON.parse(text ?? "null");
const number = (text: string | undefined): number => Number(text ?? 0);

/** Rows in the raw content of a key. @param at what follows the prefix in the key's name */
const DECODERS: Record<Table, (at: string, raw: string[]) => object[]> = {
  users: (id, raw) => {
    const row = fieldsOf(raw);
    if (row.get("handle") === undefined) return [];
    return [
      {
        id,
        handle: row.get("handle"),
        name: json(row.get("name")),
        passwordHash: row.get("password") ?? null,
        followers: number(row.get("followers")),
        following: number(row.get("following")),
        posts: number(row.get("posts")),
        wokenMs: number(row.get("woken")),
        epoch: number(row.get("epoch")),
        migrating: number(row.get("migrating")),
      },
    ];
  },
  posts: (id, raw) => {
    const row = fieldsOf(raw);
    if (row.get("author") === undefined) return [];
    const counts = ["likes", "reposts", "replies", "repliesVersion", "countsVersion"];
    const references = ["replyTo", "replyToAuthor", "repostOf"];
    return [
      {
        id,
        author: row.get("author"),
        text: json(row.get("text")),
        ...Object.fromEntries(counts.map((name) => [name, number(row.get(name))])),
        ...Object.fromEntries(references.map((name) => [name, row.get(name) ?? null])),
      },
    ];
  },
  replies: (parent, raw) => chunksOf(raw, 2).map(([id]) => ({ parent, id })),
  following: (follower, raw) =>
    chunksOf(raw, 2).map(([followee, state]) => ({ follower, followee, ...versionOf(state) })),
  followers: (at, raw) =>
    chunksOf(raw, 2).map(([follower = "", state]) => ({
      author: at.slice(0, 16),
      bucket: idBucket(follower),
      follower,
      ...versionOf(state),
      awakeMs: number(state?.split(":")[2]),
    })),
  reactions: (at, [state]) => {
    const [actor, kind, post] = at.split(":");
    const entry = state?.split(":")[2] ?? "";
    return [{ actor, kind, post, ...versionOf(state), entry: entry === "" ? null : entry }];
  },
  reactors: (post, raw) =>
    chunksOf(raw, 2).map(([field = "", state]) => {
      const [kind, actor] = field.split(":");
      const entry = state?.split(":")[2] ?? "";
      return { post, kind, actor, ...versionOf(state), entry: entry === "" ? null : entry };
    }),
  tallies: (post, raw) =>
    chunksOf(raw, 4).map(([chars = "", version, likes, reposts]) => ({
      post,
      bucket: bucketOfChars(chars),
      likes: number(likes),
      reposts: number(reposts),
      version: number(version),
    })),
  relations: (actor, raw) =>
    chunksOf(raw, 2).map(([field = "", state]) => {
      const [kind, target] = field.split(":");
      return { actor, kind, target, ...versionOf(state) };
    }),
  outbox: (at, [job, due]) => {
    const [id, part] = at.split(":");
    return [{ id, part: number(part), job: canonical(json(job)), dueMs: number(due) }];
  },
  idempotency: (at, [state = ""]) => [
    {
      author: at.slice(0, 16),
      key: at.slice(17),
      digest: state.slice(17),
      post: state.slice(0, 16),
    },
  ],
  deadLetters: (id, [text]) => {
    const letter = z.object({ reason: z.string(), body: z.unknown() }).parse(json(text));
    return [{ id, reason: letter.reason, body: canonical(letter.body) }];
  },
};

function fieldsOf(raw: readonly string[]): Map<string, string> {
  return new Map(chunksOf(raw, 2).map(([name = "", value = ""]) => [name, value]));
}

function versionOf(state: string | undefined): { version: number; active: number } {
  const [version, active] = (state ?? "").split(":");
  return { version: number(version), active: number(active) };
}

type Encoder<T extends Table> = (row: Rows[T], nowMs: number) => (Argument | null)[];
const columns = (row: object): (Argument | null)[] =>
  z.array(z.union([z.string(), z.number()]).nullable()).parse(Object.values(row));

/** The arguments of a row for its writer; null becomes an empty text. */
const ENCODERS: { [T in Table]: Encoder<T> } = {
  users: (row) => columns({ ...row, name: JSON.stringify(row.name) }),
  posts: (row) => columns({ ...row, text: JSON.stringify(row.text) }),
  replies: columns,
  following: columns,
  followers: columns,
  reactions: columns,
  reactors: columns,
  tallies: ({ post, bucket, version }) => [post, makeId(0, bucket, 0).slice(9, 11), version],
  relations: columns,
  outbox: ({ id, part, job, dueMs }) => {
    const { kind } = z.object({ kind: z.string() }).parse(json(job));
    return [`${id}:${part}`, job, dueMs, kind];
  },
  idempotency: ({ author, key, digest, post }, nowMs) => {
    const leftMs = idTimeMs(post) + IDEMPOTENCY_TTL_MS - nowMs;
    return [`${author}:${key}`, `${post}:${digest}`, Math.max(1, leftMs)];
  },
  deadLetters: ({ id, reason, body }) => [id, JSON.stringify({ reason, body: json(body) })],
};

/** @param nowMs the time, which decides how long an idempotency key remains valid */
export function upstashRows(credentials: readonly Credentials[], nowMs: () => number): RowStore {
  const databases = new Databases(credentials);
  return {
    async read<T extends Table>(table: T, cursor: string | null) {
      const at = cursor === null ? START : cursorSchema.parse(JSON.parse(cursor));
      const database = databases.numbered(at.database);
      let { scan, keys } = at;
      if (keys.length === 0 && scan !== null) {
        const answer = await database.run(SCAN, [scan, PREFIXES[table]]);
        const [next, found] = z.tuple([z.string(), stringsSchema]).parse(answer);
        scan = next === "0" ? null : next;
        keys = found.map((key) => [key, "0"]);
      }
      const reading = keys.slice(0, KEYS_PER_PAGE);
      const parts = await Promise.all(
        reading.map(async ([key, from]) => {
          const [next, raw] = partSchema.parse(await database.run(READERS[table], [key, from]));
          const rows = decode(table, key, raw);
          return { rows, left: next === "0" ? [] : [[key, next] as [string, string]] };
        }),
      );
      const left = [...parts.flatMap((part) => part.left), ...keys.slice(KEYS_PER_PAGE)];
      const rows = parts.flatMap((part) => part.rows);
      if (left.length > 0 || scan !== null) {
        return { rows, next: JSON.stringify({ database: at.database, scan, keys: left }) };
      }
      const more = at.database + 1 < databases.all.length;
      return { rows, next: more ? JSON.stringify({ ...START, database: at.database + 1 }) : null };
    },

    async write<T extends Table>(table: T, rows: readonly Rows[T][]) {
      const encode: Encoder<T> = ENCODERS[table];
      const argsOf = (row: Rows[T]): Argument[] => encode(row, nowMs()).map((arg) => arg ?? "");
      const bytesOf = (args: Argument[]) => bytesInJson(args.join());
      const groups = Map.groupBy(rows, (row) => databases.ofBucket(bucketOf(table, row)));
      await Promise.all(
        [...groups].flatMap(([database, group]) =>
          [...batchesOf(group.map(argsOf), LARGE_ROWS, bytesOf)].map((some) =>
            database.run(WRITERS[table], some.flat()),
          ),
        ),
      );
    },
  };
}

/** A key that was deleted after the scan has no rows. */
function decode<T extends Table>(table: T, key: string, raw: (string | null)[]): Rows[T][] {
  const there = raw.filter((value) => value !== null);
  if (there.length === 0) return [];
  const rows = DECODERS[table](key.slice(PREFIXES[table].length), there);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema of the table has just made it one
  return rows.map((row) => rowSchemas[table].parse(row) as Rows[T]);
}
