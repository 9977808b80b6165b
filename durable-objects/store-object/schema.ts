/**
 * Tables of a store object: those of a D1 shard (`db/d1/schema.ts`), without the training data, the directory of
 * handles, the posts' side of reactions, and where the segments of long lists are.
 */
import type { Migration } from "../storage/migrate.ts";

export const MIGRATIONS: readonly Migration[] = [
  {
    id: 1,
    sql: `
CREATE TABLE users (
  id text PRIMARY KEY NOT NULL,
  handle text NOT NULL,
  name text NOT NULL,
  password_hash text,
  followers integer DEFAULT 0 NOT NULL,
  following integer DEFAULT 0 NOT NULL,
  posts integer DEFAULT 0 NOT NULL,
  woken_ms integer DEFAULT 0 NOT NULL,
  epoch integer DEFAULT 0 NOT NULL,
  migrating integer DEFAULT false NOT NULL
) WITHOUT ROWID;
CREATE TABLE posts (
  id text PRIMARY KEY NOT NULL,
  author text NOT NULL,
  text text NOT NULL,
  reply_to text,
  reply_to_author text,
  likes integer DEFAULT 0 NOT NULL,
  reposts integer DEFAULT 0 NOT NULL,
  replies integer DEFAULT 0 NOT NULL,
  replies_version integer DEFAULT 0 NOT NULL,
  counts_version integer DEFAULT 0 NOT NULL,
  repost_of text
) WITHOUT ROWID;
CREATE INDEX posts_by_author ON posts (author, id);
CREATE INDEX posts_by_original ON posts (repost_of, author, id) WHERE repost_of IS NOT NULL;
CREATE TABLE replies (
  parent text NOT NULL,
  id text NOT NULL,
  PRIMARY KEY (parent, id)
) WITHOUT ROWID;
CREATE TABLE followers (
  author text NOT NULL,
  bucket integer NOT NULL,
  follower text NOT NULL,
  version integer NOT NULL,
  active integer NOT NULL,
  awake_ms integer NOT NULL,
  PRIMARY KEY (author, bucket, follower)
) WITHOUT ROWID;
CREATE INDEX followers_newest ON followers (author, version, follower) WHERE active = 1;
CREATE TABLE following (
  follower text NOT NULL,
  followee text NOT NULL,
  version integer NOT NULL,
  active integer NOT NULL,
  PRIMARY KEY (follower, followee)
) WITHOUT ROWID;
CREATE INDEX following_newest ON following (follower, version, followee) WHERE active = 1;
CREATE TABLE reactions (
  actor text NOT NULL,
  kind text NOT NULL,
  post text NOT NULL,
  version integer NOT NULL,
  active integer NOT NULL,
  entry text,
  PRIMARY KEY (actor, kind, post)
) WITHOUT ROWID;
CREATE TABLE reactors (
  post text NOT NULL,
  kind text NOT NULL,
  actor text NOT NULL,
  version integer NOT NULL,
  active integer NOT NULL,
  entry text,
  PRIMARY KEY (post, kind, actor)
) WITHOUT ROWID;
CREATE TABLE tallies (
  post text NOT NULL,
  bucket integer NOT NULL,
  likes integer NOT NULL,
  reposts integer NOT NULL,
  version integer NOT NULL,
  PRIMARY KEY (post, bucket)
) WITHOUT ROWID;
CREATE TABLE relations (
  actor text NOT NULL,
  kind text NOT NULL,
  target text NOT NULL,
  version integer NOT NULL,
  active integer NOT NULL,
  PRIMARY KEY (actor, kind, target)
) WITHOUT ROWID;
CREATE TABLE outbox (
  id text NOT NULL,
  part integer NOT NULL,
  job text NOT NULL,
  due_ms integer NOT NULL,
  PRIMARY KEY (id, part)
) WITHOUT ROWID;
CREATE TABLE idempotency (
  author text NOT NULL,
  key text NOT NULL,
  digest text NOT NULL,
  post text NOT NULL,
  PRIMARY KEY (author, key)
) WITHOUT ROWID;
CREATE TABLE dead_letters (
  id text PRIMARY KEY NOT NULL,
  reason text NOT NULL,
  body text NOT NULL
) WITHOUT ROWID;
CREATE TABLE handles (
  handle text PRIMARY KEY NOT NULL,
  id text NOT NULL,
  confirmed integer DEFAULT false NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX handles_by_owner ON handles (substr(id, 10));
CREATE TABLE splits (
  list text PRIMARY KEY NOT NULL,
  bits integer NOT NULL,
  done integer NOT NULL
) WITHOUT ROWID;
CREATE TABLE segments (
  list text PRIMARY KEY NOT NULL,
  bits integer NOT NULL,
  k integer NOT NULL,
  sent integer NOT NULL,
  version integer NOT NULL
) WITHOUT ROWID;
CREATE TABLE segment_counts (
  list text NOT NULL,
  segment text NOT NULL,
  n integer NOT NULL,
  version integer NOT NULL,
  PRIMARY KEY (list, segment)
) WITHOUT ROWID;
`,
  },
  {
    id: 2,
    sql: `
ALTER TABLE users ADD bio text DEFAULT '' NOT NULL;
ALTER TABLE users ADD avatar_url text;
ALTER TABLE users ADD profile_version integer DEFAULT 0 NOT NULL;
`,
  },
  {
    id: 3,
    sql: `
CREATE TABLE sessions (
  account text NOT NULL,
  id text NOT NULL,
  family text NOT NULL,
  current text NOT NULL,
  previous text,
  nonce text,
  rotated_ms integer NOT NULL,
  device text NOT NULL,
  ended_ms integer,
  PRIMARY KEY (account, id)
) WITHOUT ROWID;
CREATE TABLE subjects (
  subject text PRIMARY KEY NOT NULL,
  account text NOT NULL
) WITHOUT ROWID;
CREATE TABLE identities (
  account text NOT NULL,
  issuer text NOT NULL,
  sub text NOT NULL,
  PRIMARY KEY (account, issuer)
) WITHOUT ROWID;
`,
  },
  {
    id: 4,
    sql: `
ALTER TABLE users ADD COLUMN state text DEFAULT 'active' NOT NULL;
ALTER TABLE users ADD COLUMN state_version integer DEFAULT 0 NOT NULL;
`,
  },
  {
    id: 5,
    sql: `
CREATE TABLE imported (
  owner text NOT NULL,
  key text NOT NULL,
  post text NOT NULL,
  state integer NOT NULL,
  PRIMARY KEY (owner, key)
) WITHOUT ROWID;
CREATE INDEX imported_by_post ON imported (post) WHERE state < 2;
`,
  },
];
