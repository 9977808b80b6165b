/**
 * What the owner did to posts, and whom they mute or block, so that a page shows it without a store
 * query. A timeline does not have every old reaction: it has all reactions to posts from
 * `known_from` on, and to older posts only where the store was asked about them.
 */
import type { Id, PostId, UserId } from "../../feed/ids.ts";
import type { Tally } from "../../feed/counts/tally.ts";
import { FOLLOWING_MAX, OWN_CHANGE_RECENT_MS } from "../../feed/limits.ts";
import type { Migration } from "../storage/migrate.ts";
import { storedJson } from "../storage/stored-json.ts";

/** The tables, as a migration of the home timeline's. */
export const VIEWER_MIGRATION: Migration = {
  id: 2,
  sql: `
    CREATE TABLE reacted (
      post TEXT NOT NULL,
      kind TEXT NOT NULL,
      version INTEGER NOT NULL,
      active INTEGER NOT NULL,
      PRIMARY KEY (post, kind)
    ) WITHOUT ROWID;
    CREATE TABLE covered (no INTEGER PRIMARY KEY, posts TEXT NOT NULL);
    CREATE TABLE hidden (
      user TEXT NOT NULL,
      kind TEXT NOT NULL,
      version INTEGER NOT NULL,
      active INTEGER NOT NULL,
      PRIMARY KEY (user, kind)
    ) WITHOUT ROWID;
    CREATE TABLE viewer (
      id INTEGER PRIMARY KEY CHECK (id = 0),
      known_from TEXT NOT NULL,
      attention TEXT NOT NULL
    );`,
};

/** Adds to a reaction how it was counted, as a later migration. */
export const REACTION_COUNTED_SQL = "ALTER TABLE reacted ADD COLUMN counted TEXT";

/** A reaction of the owner, as the store has it. */
export interface OwnReaction {
  post: PostId;
  kind: "like" | "repost";
  /** About the millisecond of the change since 1970. */
  version: number;
  active: boolean;
}

/** How a reaction of the owner was counted. */
export interface Counted {
  /** The tally that counts the reaction. */
  tally: Tally | null;
}

/**
 * Posts whose counts the owner has just changed, each with the tally that counts their reaction; null
 * where only the post's counter knows it. Counts that were published earlier may lack the change.
 */
export type OwnChanges = Record<PostId, Tally | null>;

/** What the table has of a post, by kind: `like`, `repost`, and `reply` for a change of replies. */
interface ReactedRow {
  kind: string;
  version: number;
  active: number;
  counted: string | null;
}
/** Posts whose rows are held in memory: those of the window, and of some pages below it. */
const ROWS_MAX_POSTS = 2_000;

/** A change of a post's counts by the owner. */
interface Change {
  post: PostId;
  version: number;
  counted: Counted | null;
}

/** A mute or block that concerns the owner, as the store has it. */
export interface OwnRelation {
  target: UserId;
  kind: "mute" | "block" | "blocked_by";
  version: number;
  active: boolean;
}

/** Which reactions of the owner a post has now. */
export interface ViewerOfPost {
  liked: boolean;
  reposted: boolean;
}

export class ViewerState {
  readonly #sql: SqlStorage;
  /** Whether some users are hidden, for those that were asked about. */
  readonly #hidden = new Map<UserId, boolean>();
  /** The rows of some posts; most have none. Every page of somebody asks about much the same posts. */
  readonly #rows = new Map<PostId, readonly ReactedRow[]>();
  #covered: Set<PostId> | null = null;
  #knownFrom: string | null = null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /**
   * Whether the owner has muted a user, or either has blocked the other. Anybody may be blocked by any
   * number of others, so users are looked up one by one.
   */
  hides(user: UserId): boolean {
    const cached = this.#hidden.get(user);
    if (cached !== undefined) return cached;
    if (this.#hidden.size >= FOLLOWING_MAX) this.#hidden.clear();
    const rows = this.#sql.exec("SELECT 1 FROM hidden WHERE user = ? AND active = 1 LIMIT 1", user);
    const hides = rows.toArray().length > 0;
    this.#hidden.set(user, hides);
    return hides;
  }

  /** The same for many users, in one query. */
  hiddenAmong(users: readonly UserId[]): UserId[] {
    return this.#sql
      .exec<{ user: string }>(
        `SELECT DISTINCT user FROM hidden
         WHERE active = 1 AND user IN (SELECT value FROM json_each(?))`,
        JSON.stringify(users),
      )
      .toArray()
      .map(({ user }) => user);
  }

  /** Stores a mute or block, unless a newer one is stored. @returns whether it changed anything */
  setRelation({ target, kind, version, active }: OwnRelation): boolean {
    const { rowsWritten } = this.#sql.exec(
      `INSERT INTO hidden (user, kind, version, active) VALUES (?, ?, ?, ?)
       ON CONFLICT (user, kind) DO UPDATE SET version = excluded.version, active = excluded.active
       WHERE excluded.version > version`,
      target,
      kind,
      version,
      active ? 1 : 0,
    );
    this.#hidden.delete(target);
    return rowsWritten > 0;
  }

  addRelations(relations: readonly OwnRelation[]): void {
    for (const relation of relations) this.setRelation(relation);
  }

  /**
   * Stores a reaction, unless a newer one is stored.
   * @param counted null if the caller does not know it
   * @returns whether the owner has just made it, or taken it back, as far as this object can tell
   */
  setReaction(reaction: OwnReaction, counted: Counted | null = null): boolean {
    const { post, kind, version, active } = reaction;
    const before = this.#rowsOf([post])
      .get(post)
      ?.find((row) => row.kind === kind);
    this.#rows.delete(post);
    const { rowsWritten } = this.#sql.exec(
      `INSERT INTO reacted (post, kind, version, active, counted) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (post, kind) DO UPDATE SET version = excluded.version, active = excluded.active,
         counted = excluded.counted
       WHERE excluded.version > version`,
      post,
      kind,
      version,
      active ? 1 : 0,
      counted === null ? null : JSON.stringify(counted),
    );
    return rowsWritten > 0 && (before?.active === 1) !== active;
  }

  /** Notes that the owner has replied to a post, or deleted a reply to it. */
  noteReply(parent: PostId, nowMs: number): void {
    this.#rows.delete(parent);
    this.#sql.exec(
      `INSERT INTO reacted (post, kind, version, active) VALUES (?, 'reply', ?, 0)
       ON CONFLICT (post, kind) DO UPDATE SET version = excluded.version`,
      parent,
      nowMs,
    );
  }

  /** Those of some posts whose counts the owner has just changed. */
  changesOn(posts: readonly PostId[], nowMs: number): OwnChanges {
    const changes: OwnChanges = {};
    for (const { post, counted } of this.#recent(posts, nowMs)) {
      // The newest tally has all earlier reactions, too.
      changes[post] = counted?.tally ?? changes[post] ?? null;
    }
    return changes;
  }

  /** When the owner has last changed a post's counts, in milliseconds since 1970; null if not lately. */
  lastChangeOf(post: PostId, nowMs: number): number | null {
    return this.#recent([post], nowMs).at(-1)?.version ?? null;
  }

  #recent(posts: readonly PostId[], nowMs: number): Change[] {
    const sinceMs = nowMs - OWN_CHANGE_RECENT_MS;
    const changes: Change[] = [];
    for (const [post, rows] of this.#rowsOf(posts)) {
      for (const { version, counted } of rows) {
        if (version <= sinceMs) continue;
        const parsed = counted === null ? null : storedJson<Counted>(counted);
        changes.push({ post, version, counted: parsed });
      }
    }
    return changes.sort((a, b) => a.version - b.version);
  }

  /** The rows of posts, each once. Those that are not in memory take one query. */
  #rowsOf(posts: readonly PostId[]): Map<PostId, readonly ReactedRow[]> {
    const unread = new Map<PostId, ReactedRow[]>();
    for (const post of posts) if (!this.#rows.has(post)) unread.set(post, []);
    if (unread.size > 0) {
      const read = this.#sql.exec<ReactedRow & { post: string } & Record<string, SqlStorageValue>>(
        `SELECT post, kind, version, active, counted FROM reacted
         WHERE post IN (SELECT value FROM json_each(?))`,
        JSON.stringify([...unread.keys()]),
      );
      for (const { post, ...row } of read) unread.get(post)?.push(row);
    }
    const found = new Map<PostId, readonly ReactedRow[]>();
    for (const post of posts) found.set(post, unread.get(post) ?? this.#rows.get(post) ?? []);
    if (this.#rows.size + unread.size > ROWS_MAX_POSTS) this.#rows.clear();
    for (const [post, rows] of unread) this.#rows.set(post, rows);
    return found;
  }

  /** The owner's reactions to posts, without the posts for which only the store has them. */
  reactionsTo(posts: readonly PostId[]): Map<PostId, ViewerOfPost> {
    const reactions = new Map<PostId, ViewerOfPost>();
    for (const [post, rows] of this.#rowsOf(posts)) {
      if (!this.#covers(post)) continue;
      const has = (kind: string) => rows.some((row) => row.kind === kind && row.active === 1);
      reactions.set(post, { liked: has("like"), reposted: has("repost") });
    }
    return reactions;
  }

  /** Stores what the store says of posts: they have these reactions and no others. */
  rememberReactions(posts: readonly PostId[], reactions: readonly OwnReaction[]): void {
    for (const reaction of reactions) this.setReaction(reaction);
    const missing = posts.filter((post) => !this.#covers(post));
    if (missing.length === 0) return;
    this.#sql.exec("INSERT INTO covered (posts) VALUES (?)", JSON.stringify(missing));
    this.#covered = null;
  }

  /**
   * Replaces all reactions with what a rebuild has read from the store. The relations stay: each has a
   * version, and the newest one that this object has heard of stands.
   */
  seed(seed: {
    posts: readonly PostId[];
    reactions: readonly OwnReaction[];
    relations: readonly OwnRelation[];
    knownFrom: Id;
    nowMs: number;
  }): void {
    // What the owner has just done stays, because published counts may lack it.
    const recentMs = seed.nowMs - OWN_CHANGE_RECENT_MS;
    this.#sql.exec("DELETE FROM reacted WHERE version <= ?", recentMs);
    this.#rows.clear();
    this.#sql.exec("DELETE FROM covered");
    this.#covered = null;
    this.#saveKnownFrom(seed.knownFrom);
    this.addRelations(seed.relations);
    this.rememberReactions(seed.posts, seed.reactions);
  }

  /**
   * Whether every reaction of the owner to a post is stored here: to a post from `known_from` on,
   * and to one that the timeline was seeded with or that `rememberReactions` was called for.
   */
  #covers(post: PostId): boolean {
    return post >= this.#loadKnownFrom() || this.#loadCovered().has(post);
  }

  #loadCovered(): Set<PostId> {
    this.#covered ??= new Set(
      this.#sql
        .exec<{ posts: string }>("SELECT posts FROM covered")
        .toArray()
        .flatMap((row) => storedJson<PostId[]>(row.posts)),
    );
    return this.#covered;
  }

  #loadKnownFrom(): string {
    this.#knownFrom ??=
      this.#sql.exec<{ known_from: string }>("SELECT known_from FROM viewer").toArray()[0]
        ?.known_from ?? "";
    return this.#knownFrom;
  }

  /** The row is shared with `EngagementStore`, which reads `{}` as no history. */
  #saveKnownFrom(knownFrom: Id): void {
    this.#knownFrom = knownFrom;
    this.#sql.exec(
      `INSERT INTO viewer (id, known_from, attention) VALUES (0, ?, '{}')
       ON CONFLICT (id) DO UPDATE SET known_from = excluded.known_from`,
      knownFrom,
    );
  }
}
