/**
 * Tables of one D1 shard. A row is in the shard of its owner: posts and the followers' side of an edge
 * with the author, the following side with the follower, replies with the parent, a reaction with the
 * actor and its other side with the post, jobs with the account that caused them.
 *
 * Tables with a key of several columns are WITHOUT ROWID (written by hand into the migration): the key
 * is then the table itself, and a write costs one row instead of two.
 */
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const users = sqliteTable("users", {
  id: text().primaryKey(),
  /** Unique across shards, because the bucket of an account follows from its handle. */
  handle: text().notNull().unique(),
  name: text().notNull(),
  passwordHash: text("password_hash"),
  followers: integer().notNull().default(0),
  following: integer().notNull().default(0),
  posts: integer().notNull().default(0),
  /** When the timeline was last rebuilt, in milliseconds since 1970; 0 if it never was. */
  wokenMs: integer("woken_ms").notNull().default(0),
  /** Odd while the account's posts are pulled; grows with every crossing of the threshold. */
  epoch: integer().notNull().default(0),
  /** True from a crossing until every follower's timeline has acknowledged it. */
  migrating: integer({ mode: "boolean" }).notNull().default(false),
  bio: text().notNull().default(""),
  /** The address of a picture; null if there is none. */
  avatarUrl: text("avatar_url"),
  /** Grows with every change of the profile; 0 before the first. */
  profileVersion: integer("profile_version").notNull().default(0),
  /** All but active accounts are hidden. */
  state: text({ enum: ["active", "suspended", "leaving", "gone"] })
    .notNull()
    .default("active"),
  /** Grows with every change of the state; 0 before the first. */
  stateVersion: integer("state_version").notNull().default(0),
});

/** Sessions, in the account's shard. A hash is the SHA-256 of a part of a refresh token, in hexadecimal. */
export const sessions = sqliteTable(
  "sessions",
  {
    account: text().notNull(),
    /** The time in the id is when the session was opened. */
    id: text().notNull(),
    /** The hash of what all refresh tokens of the session share. */
    family: text().notNull(),
    /** The hash of what the newest refresh token alone has. */
    current: text().notNull(),
    /** The same of the one before it; null until the first refresh. */
    previous: text(),
    /** What the newest one was derived from the one before it with; null until the first refresh. */
    nonce: text(),
    /** When the newest one was made, in milliseconds since 1970. */
    rotatedMs: integer("rotated_ms").notNull(),
    /** What the client called itself. */
    device: text().notNull(),
    /** When the session ended, in milliseconds since 1970; null while it lasts. */
    endedMs: integer("ended_ms"),
  },
  (table) => [primaryKey({ columns: [table.account, table.id] })],
);

/** Which account a subject of another issuer is linked to, in the subject's shard; this side decides. */
export const subjects = sqliteTable("subjects", {
  /** `Subject` in db/subjects.ts. */
  subject: text().primaryKey(),
  account: text().notNull(),
});

/** The subjects that an account is linked to, or may be, in the account's shard: one of each issuer. */
export const identities = sqliteTable(
  "identities",
  { account: text().notNull(), issuer: text().notNull(), sub: text().notNull() },
  (table) => [primaryKey({ columns: [table.account, table.issuer] })],
);

export const posts = sqliteTable(
  "posts",
  {
    id: text().primaryKey(),
    author: text().notNull(),
    text: text().notNull(),
    replyTo: text("reply_to"),
    replyToAuthor: text("reply_to_author"),
    likes: integer().notNull().default(0),
    reposts: integer().notNull().default(0),
    replies: integer().notNull().default(0),
    /** Grows with every change of `replies`. */
    repliesVersion: integer("replies_version").notNull().default(0),
    /** The version of the post's counter that `likes` and `reposts` come from. */
    countsVersion: integer("counts_version").notNull().default(0),
    /** The original of a repost, which has no text of its own; null for a post. */
    repostOf: text("repost_of"),
  },
  (table) => [
    index("posts_by_author").on(table.author, table.id),
    index("posts_by_original")
      .on(table.repostOf, table.author, table.id)
      .where(sql`repost_of IS NOT NULL`),
  ],
);

/** Replies by parent, in the parent's shard. */
export const replies = sqliteTable(
  "replies",
  { parent: text().notNull(), id: text().notNull() },
  (table) => [primaryKey({ columns: [table.parent, table.id] })],
);

/** The followee's side of an edge: who follows `author`, partitioned by `bucket`. */
export const followers = sqliteTable(
  "followers",
  {
    author: text().notNull(),
    /** The follower's bucket. */
    bucket: integer().notNull(),
    follower: text().notNull(),
    version: integer().notNull(),
    active: integer({ mode: "boolean" }).notNull(),
    /** When the follower's timeline last woke, in milliseconds since 1970; 0 while it is dormant. */
    awakeMs: integer("awake_ms").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.author, table.bucket, table.follower] }),
    index("followers_newest")
      .on(table.author, table.version, table.follower)
      .where(sql`active = 1`),
  ],
);

/** The follower's side of an edge, which decides. */
export const following = sqliteTable(
  "following",
  {
    follower: text().notNull(),
    followee: text().notNull(),
    version: integer().notNull(),
    active: integer({ mode: "boolean" }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.follower, table.followee] }),
    index("following_newest")
      .on(table.follower, table.version, table.followee)
      .where(sql`active = 1`),
  ],
);

/** Likes and reposts, in the actor's shard. Every count follows from these rows. */
export const reactions = sqliteTable(
  "reactions",
  {
    actor: text().notNull(),
    kind: text({ enum: ["like", "repost"] }).notNull(),
    post: text().notNull(),
    version: integer().notNull(),
    active: integer({ mode: "boolean" }).notNull(),
    /** The timeline entry of a repost. */
    entry: text(),
  },
  (table) => [
    primaryKey({ columns: [table.actor, table.kind, table.post] }),
    index("reactions_by_post")
      .on(table.post, table.kind)
      .where(sql`active = 1`),
  ],
);

/** The other side of a reaction, in the post's shard; the actor's side decides. Reposts alone are here. */
export const reactors = sqliteTable(
  "reactors",
  {
    post: text().notNull(),
    kind: text({ enum: ["like", "repost"] }).notNull(),
    actor: text().notNull(),
    version: integer().notNull(),
    active: integer({ mode: "boolean" }).notNull(),
    entry: text(),
  },
  (table) => [primaryKey({ columns: [table.post, table.kind, table.actor] })],
);

/** How far work that goes through all rows of this shard has come. */
export const walks = sqliteTable("walks", {
  name: text().primaryKey(),
  /** Walks that have ended. */
  passes: integer().notNull(),
  /** Where the walk continues; null at its beginning. */
  position: text(),
  /** Before this time it does not continue, in milliseconds since 1970. */
  dueMs: integer("due_ms").notNull(),
});

/** How many accounts of a bucket react to a post; the batch of a reaction updates it. */
export const tallies = sqliteTable(
  "tallies",
  {
    post: text().notNull(),
    /** The bucket of the accounts that react. */
    bucket: integer().notNull(),
    likes: integer().notNull(),
    reposts: integer().notNull(),
    /** Grows with every change of the row. */
    version: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.post, table.bucket] })],
);

/** Mutes and blocks, in the actor's shard; `blocked_by` is the other side of a block. */
export const relations = sqliteTable(
  "relations",
  {
    actor: text().notNull(),
    kind: text({ enum: ["mute", "block", "blocked_by"] }).notNull(),
    target: text().notNull(),
    version: integer().notNull(),
    active: integer({ mode: "boolean" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.actor, table.kind, table.target] })],
);

/**
 * What viewers reported as seen and the pages that they were served, for training, in the viewer's
 * shard. `period` is the beginning of the id (`idPeriod`), so that the rows of a few hours are adjacent
 * by viewer: one read joins pages with their reports, and one statement deletes them when they are old.
 */
export const impressions = sqliteTable(
  "impressions",
  {
    period: text().notNull(),
    viewer: text().notNull(),
    id: text().notNull(),
    /** The reported items, as JSON. */
    items: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.period, table.viewer, table.id] })],
);

export const servedPages = sqliteTable(
  "served_pages",
  {
    period: text().notNull(),
    viewer: text().notNull(),
    id: text().notNull(),
    /** A line of the training log, without the viewer's actions. */
    line: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.period, table.viewer, table.id] })],
);

/** Jobs that must run at least once; the row of a finished job is deleted. */
export const outbox = sqliteTable(
  "outbox",
  {
    id: text().notNull(),
    part: integer().notNull(),
    /** The queue message, as JSON. */
    job: text().notNull(),
    /** When the message counts as lost, in milliseconds since 1970. */
    dueMs: integer("due_ms").notNull(),
  },
  (table) => [primaryKey({ columns: [table.id, table.part] })],
);

/** Idempotency keys of `POST /v1/posts`; the post's id holds the age. */
export const idempotency = sqliteTable(
  "idempotency",
  {
    author: text().notNull(),
    key: text().notNull(),
    digest: text().notNull(),
    post: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.author, table.key] })],
);

/**
 * Which post an import has made for a key of its caller: once with the author, which decides, and once by
 * the key's hash, where the key alone finds it.
 */
export const imported = sqliteTable(
  "imported",
  {
    /** The author, or the key's slot (`keySlot`). */
    owner: text().notNull(),
    key: text().notNull(),
    post: text().notNull(),
    /** `IMPORTED_STATES` of db/store/imports.ts, by number. */
    state: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.owner, table.key] }),
    index("imported_by_post")
      .on(table.post)
      .where(sql`state < 2`),
  ],
);

export const deadLetters = sqliteTable("dead_letters", {
  id: text().primaryKey(),
  reason: text().notNull(),
  /** The message as it came, as JSON. */
  body: text().notNull(),
});

/** What this shard knows of buckets: which are here, and where others have gone or come from. */
export const placement = sqliteTable(
  "placement",
  {
    bucket: integer().primaryKey(),
    /** The bucket as the 10th and 11th characters of ids. */
    chars: text().notNull(),
    /** `HOLDING_STATES` of db/places/place.ts, by number. */
    state: integer().notNull(),
    /** Where the bucket is going, has gone, or comes from; null while it stays. */
    other: text(),
    /** Grows with every move of the bucket. */
    version: integer().notNull(),
    /** Until when a fenced bucket takes no writes, in milliseconds since 1970. */
    untilMs: integer("until_ms").notNull().default(0),
    /** 1 while `changes` records what is written to the bucket. */
    noted: integer().notNull().default(0),
  },
  (table) => [
    index("placement_noted")
      .on(table.chars)
      .where(sql`noted = 1`),
    index("placement_elsewhere")
      .on(table.chars)
      .where(sql`state > 2`),
  ],
);

/** The keys of rows that were written while their bucket moves; triggers fill it. */
export const changes = sqliteTable(
  "changes",
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    /** The bucket, as characters. */
    chars: text().notNull(),
    /** The table, by its name in `db/rows.ts`. */
    tbl: text().notNull(),
    /** The values of the row's key, as a JSON array. */
    key: text().notNull(),
  },
  (table) => [index("changes_by_bucket").on(table.chars, table.seq)],
);

/** What this shard remembers of moves, by name. */
export const placeState = sqliteTable("place_state", {
  name: text().primaryKey(),
  value: text().notNull(),
});
