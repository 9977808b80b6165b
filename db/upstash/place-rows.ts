/** The rows of one Redis database, by table. */
import { z } from "zod";
import { bucketOfChars, charsOfBucket, idBucket, idTimeMs } from "../../feed/ids.ts";
import { IDEMPOTENCY_TTL_MS } from "../../feed/limits.ts";
import type { RowPlace } from "../places/place.ts";
import {
  bucketOfKey,
  keyOf,
  type RowKey,
  type Rows,
  rowSchemas,
  type Table,
  TABLES,
} from "../rows.ts";
import { stringsSchema } from "./answers.ts";
import type { Argument, Database } from "./database.ts";
import { chunksOf } from "./databases.ts";
import { fieldOfIssuer, storedSub, subOf } from "./identities.ts";
import { keyField } from "./imports.ts";
import { storedText } from "./outbox.ts";
import { sessionOf, valueOfSession } from "./sessions.ts";
import { PICKERS, PREFIXES, READERS, SCAN } from "./row-scripts.ts";

/** Keys in one piece; a key that is a collection gives up to about 500 rows. */
const KEYS_PER_PAGE = 50;

const cursorSchema = z.object({
  /** Redis's cursor among all keys; null at the end. */
  scan: z.string().nullable(),
  /** Keys that have not been read to their ends, with the position in each. */
  keys: z.array(z.tuple([z.string(), z.string()])),
});
const START: z.infer<typeof cursorSchema> = { scan: "0", keys: [] };

const picksSchema = z.array(z.array(z.string().nullable()));
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
        bio: json(row.get("bio") ?? '""'),
        avatarUrl: row.get("avatarUrl") || null,
        profileVersion: number(row.get("profileVersion")),
        state: row.get("state") ?? "active",
        stateVersion: number(row.get("stateVersion")),
      },
    ];
  },
  sessions: (account, raw) =>
    chunksOf(raw, 2).map(([id = "", value = ""]) => sessionOf(account, id, value)),
  subjects: (subject, [account]) => [{ subject, account }],
  identities: (account, raw) =>
    chunksOf(raw, 2).map(([field = "", sub = ""]) => ({
      account,
      issuer: decodeURIComponent(field),
      sub: subOf(sub),
    })),
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
    return [{ id, part: number(part), job, dueMs: number(due) }];
  },
  idempotency: (at, [state = ""]) => [
    {
      author: at.slice(0, 16),
      key: at.slice(17),
      digest: state.slice(17),
      post: state.slice(0, 16),
    },
  ],
  imported: (owner, raw) =>
    chunksOf(raw, 2).map(([field = "", state = ""]) => ({
      owner,
      key: field.slice(1),
      post: state.slice(0, 16),
      state: number(state.slice(17)),
    })),
  deadLetters: (id, [text]) => {
    const letter = z.object({ reason: z.string(), body: z.unknown() }).parse(json(text));
    return [{ id, reason: letter.reason, body: JSON.stringify(letter.body) }];
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
  users: (row) => columns({ ...row, name: JSON.stringify(row.name), bio: JSON.stringify(row.bio) }),
  sessions: (row) => [row.account, row.id, valueOfSession(row)],
  subjects: columns,
  identities: ({ account, issuer, sub }) => [account, fieldOfIssuer(issuer), storedSub(sub)],
  posts: (row) => columns({ ...row, text: JSON.stringify(row.text) }),
  replies: columns,
  following: columns,
  followers: columns,
  reactions: columns,
  reactors: columns,
  tallies: ({ post, bucket, version }) => [post, charsOfBucket(bucket), version],
  relations: columns,
  outbox: ({ id, part, job, dueMs }) => {
    const { kind } = z.object({ kind: z.string() }).parse(json(job));
    return [`${id}:${part}`, storedText(job), dueMs, kind];
  },
  idempotency: ({ author, key, digest, post }, nowMs) => {
    const leftMs = idTimeMs(post) + IDEMPOTENCY_TTL_MS - nowMs;
    return [`${author}:${key}`, `${post}:${digest}`, Math.max(1, leftMs)];
  },
  imported: ({ owner, key, post, state }) => [owner, keyField(key), post, state],
  deadLetters: ({ id, reason, body }) => [id, JSON.stringify({ reason, body: json(body) })],
};

/** The arguments of a row for the script that writes it. */
export function argumentsOf<T extends Table>(table: T, row: Rows[T], nowMs: number): Argument[] {
  const encode: Encoder<T> = ENCODERS[table];
  return encode(row, nowMs).map((arg) => arg ?? "");
}

/** Where a row is: the key, and the field or member in it; empty if the key is the row. */
const ADDRESSES: Record<Table, (...key: (string | number)[]) => [key: string, within: string]> = {
  users: (id) => [`user:${id}`, ""],
  sessions: (account, id) => [`session:${account}`, `${id}`],
  subjects: (subject) => [`subject:${subject}`, ""],
  identities: (account, issuer) => [`identity:${account}`, fieldOfIssuer(`${issuer}`)],
  posts: (id) => [`post:${id}`, ""],
  replies: (parent, id) => [`replies:${parent}`, `${id}`],
  following: (follower, followee) => [`following:${follower}`, `${followee}`],
  followers: (author, _bucket, follower) => [
    `followers:${author}:${`${follower}`.charAt(9)}`,
    `${follower}`,
  ],
  reactions: (actor, kind, post) => [`reaction:${actor}:${kind}:${post}`, ""],
  reactors: (post, kind, actor) => [`other-side:${post}`, `${kind}:${actor}`],
  tallies: (post, bucket) => [`tally:${post}`, charsOfBucket(Number(bucket))],
  relations: (actor, kind, target) => [`relations:${actor}`, `${kind}:${target}`],
  outbox: (id, part) => [`job:${id}:${part}`, ""],
  idempotency: (author, key) => [`idempotency:${author}:${key}`, ""],
  imported: (owner, key) => [`imported:${owner}`, keyField(`${key}`)],
  deadLetters: (id) => [`dead-letter:${id}`, ""],
};

/** Where a row is, as the arguments of scripts that read or delete it. */
export function addressOf(table: Table, key: RowKey): [key: string, within: string] {
  return ADDRESSES[table](...key);
}

/** The table and the key of a row, from the name under which a script has noted its change. */
export function rowOfNote(note: string): { table: Table; key: RowKey } {
  const [, prefix = "", rest = ""] = /^(\S+) (.*)$/s.exec(note) ?? [];
  const table = TABLES.find((name) => PREFIXES[name] === `${prefix}:`);
  if (table === undefined) throw new Error(`not a row: ${note}`);
  const within = rest.split(" ");
  switch (table) {
    case "tallies":
      return { table, key: [within[0] ?? "", bucketOfChars(within[1] ?? "")] };
    case "followers":
      return { table, key: [rest.slice(0, 16), idBucket(within[1] ?? ""), within[1] ?? ""] };
    case "identities":
      return { table, key: [within[0] ?? "", decodeURIComponent(within[1] ?? "")] };
    case "idempotency":
      return { table, key: [rest.slice(0, 16), rest.slice(17)] };
    case "imported":
      // An owner, a space, and the field.
      return { table, key: [rest.slice(0, 16), rest.slice(18)] };
    case "outbox":
      return { table, key: [rest.slice(0, 16), Number(rest.slice(17))] };
    default:
      return { table, key: rest.split(/[ :]/) };
  }
}

/** The name of a row's change, as scripts note it. */
export function noteOfRow(table: Table, key: RowKey): string {
  const [at, within] = addressOf(table, key);
  const name = at.replace(":", " ");
  return within === "" ? name : `${name} ${within}`;
}

/** Reading rows, whatever their buckets' states. */
export function readRows(database: Database): Pick<RowPlace, "read" | "pick"> {
  return {
    async read<T extends Table>(table: T, cursor: string | null, buckets: readonly number[]) {
      let { scan, keys } = cursor === null ? START : cursorSchema.parse(JSON.parse(cursor));
      const wanted = new Set(buckets);
      if (keys.length === 0 && scan !== null) {
        const answer = await database.run(SCAN, [scan, PREFIXES[table]]);
        const [next, found] = z.tuple([z.string(), stringsSchema]).parse(answer);
        scan = next === "0" ? null : next;
        // The rows of one post's tallies are of all buckets.
        const own = found.filter(
          (key) => table === "tallies" || wanted.has(bucketOfName(PREFIXES[table], key)),
        );
        keys = own.map((key) => [key, "0"]);
      }
      const reading = keys.slice(0, KEYS_PER_PAGE);
      const parts = await Promise.all(
        reading.map(async ([key, from]) => {
          const [next, raw] = partSchema.parse(await database.run(READERS[table], [key, from]));
          const rows = decode(table, key.slice(PREFIXES[table].length), raw);
          return { rows, left: next === "0" ? [] : [[key, next] as [string, string]] };
        }),
      );
      const left = [...parts.flatMap((part) => part.left), ...keys.slice(KEYS_PER_PAGE)];
      const rows = parts
        .flatMap((part) => part.rows)
        .filter((row) => wanted.has(bucketOfKey(table, keyOf(table, row))));
      const ended = left.length === 0 && scan === null;
      return { rows, next: ended ? null : JSON.stringify({ scan, keys: left }) };
    },

    async pick<T extends Table>(table: T, keys: readonly RowKey[]) {
      const found = await Promise.all(
        chunksOf(keys, KEYS_PER_PAGE).map(async (some) => {
          const addresses = some.map((key) => addressOf(table, key));
          const answer = await database.run(PICKERS[table], addresses.flat());
          return picksSchema.parse(answer).flatMap((raw, n) => {
            const at = addresses[n]?.[0].slice(PREFIXES[table].length) ?? "";
            return decode(table, at, raw);
          });
        }),
      );
      return found.flat();
    },
  };
}

/** The bucket of the id with which a key's name begins. */
function bucketOfName(prefix: string, key: string): number {
  return bucketOfChars(key.slice(prefix.length + 9, prefix.length + 11));
}

/** A key that was deleted after the scan has no rows. */
function decode<T extends Table>(table: T, at: string, raw: (string | null)[]): Rows[T][] {
  const there = raw.filter((value) => value !== null);
  if (there.length === 0) return [];
  const rows = DECODERS[table](at, there);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema of the table has just made it one
  return rows.map((row) => rowSchemas[table].parse(row) as Rows[T]);
}
