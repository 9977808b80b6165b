/**
 * Tables of one D1 shard. Rows live with their owner: posts and the followers' side of an edge
 * with the author, the following side with the follower, replies with the parent, jobs with
 * whoever caused them.
 *
 * Tables keyed by several columns are WITHOUT ROWID (written by hand into the migration): the key
 * is then the table, and a row costs one written row instead of two.
 */
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const users = sqliteTable("users", {
  id: text().primaryKey(),
  /** An account's bucket is drawn from its handle, so this is unique across shards. */
  handle: text().notNull().unique(),
  name: text().notNull(),
  passwordHash: text("password_hash"),
  followers: integer().notNull().default(0),
  following: integer().notNull().default(0),
  posts: integer().notNull().default(0),
  /** When a timeline was first or last rebuilt; 0 if there has never been one. */
  wokenMs: integer("woken_ms").notNull().default(0),
  /** Odd while the account's posts are pulled; grows whenever it crosses the threshold. */
  epoch: integer().notNull().default(0),
  /** From a crossing until every follower's timeline has heard of it. */
  migrating: integer({ mode: "boolean" }).notNull().default(false),
});

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
    /** Which state of the post's counter `likes` and `reposts` are of. */
    countsVersion: integer("counts_version").notNull().default(0),
    /** For a repost, which has no text of its own: the original. */
    repostOf: text("repost_of"),
  },
  (table) => [
    index("posts_by_author").on(table.author, table.id),
    index("posts_by_original")
      .on(table.repostOf, table.author, table.id)
      .where(sql`repost_of IS NOT NULL`),
  ],
);

/** Replies by parent; in the parent's shard. */
export const replies = sqliteTable(
  "replies",
  { parent: text().notNull(), id: text().notNull() },
  (table) => [primaryKey({ columns: [table.parent, table.id] })],
);

/** The followee's side of an edge: who follows `author`, cut into parts by `bucket`. */
export const followers = sqliteTable(
  "followers",
  {
    author: text().notNull(),
    /** The follower's. */
    bucket: integer().notNull(),
    follower: text().notNull(),
    version: integer().notNull(),
    active: integer({ mode: "boolean" }).notNull(),
    /** When the follower's timeline was last woken; 0 while it is dormant. */
    awakeMs: integer("awake_ms").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.author, table.bucket, table.follower] }),
    index("followers_newest")
      .on(table.author, table.version, table.follower)
      .where(sql`active = 1`),
  ],
);

/** The follower's side of an edge, which is the truth. */
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

/** Likes and reposts, in the actor's shard; the truth that every count follows from. */
export const reactions = sqliteTable(
  "reactions",
  {
    actor: text().notNull(),
    kind: text({ enum: ["like", "repost"] }).notNull(),
    post: text().notNull(),
    version: integer().notNull(),
    active: integer({ mode: "boolean" }).notNull(),
    /** The entry that a repost made. */
    entry: text(),
  },
  (table) => [
    primaryKey({ columns: [table.actor, table.kind, table.post] }),
    index("reactions_by_post")
      .on(table.post, table.kind)
      .where(sql`active = 1`),
  ],
);

/** How many accounts of a bucket react to a post now, kept in step in the batch of a reaction. */
export const tallies = sqliteTable(
  "tallies",
  {
    post: text().notNull(),
    /** Of the accounts that react. */
    bucket: integer().notNull(),
    likes: integer().notNull(),
    reposts: integer().notNull(),
    /** Grows with every change of the row. */
    version: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.post, table.bucket] })],
);

/** Mutes and blocks with whoever made them; `blocked_by` is a block's other side. */
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
 * What viewers reported as seen, and the pages they were served, for training; in the viewer's shard.
 * `period` is the beginning of the id (`idPeriod`): rows of a few hours stand together by viewer, so
 * that pages are joined with what came of them in one go, and go all at once when they are old.
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
    /** A line of the training log, without what the viewer did. */
    line: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.period, table.viewer, table.id] })],
);

/** Jobs that must be done at least once; a row goes when its job is done. */
export const outbox = sqliteTable(
  "outbox",
  {
    id: text().notNull(),
    part: integer().notNull(),
    /** The queue message, as JSON. */
    job: text().notNull(),
    /** When its message counts as lost. */
    dueMs: integer("due_ms").notNull(),
  },
  (table) => [primaryKey({ columns: [table.id, table.part] })],
);

/** Idempotency keys of `POST /v1/posts`; the post's id tells the age. */
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

export const deadLetters = sqliteTable("dead_letters", {
  id: text().primaryKey(),
  reason: text().notNull(),
  /** The message as it came, as JSON. */
  body: text().notNull(),
});
