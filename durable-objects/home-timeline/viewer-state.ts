/**
 * What the owner did to posts, and whom they mute or block, so that a page shows it without a store
 * query. A timeline does not have every old reaction: it has all reactions to posts from
 * `known_from` on, and to older posts only where the store was asked about them.
 */
import type { Id, PostId, UserId } from "../../feed/ids.ts";
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

/** A reaction of the owner, as the store has it. */
export interface OwnReaction {
  post: PostId;
  kind: "like" | "repost";
  version: number;
  active: boolean;
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
  #hidden: Set<UserId> | null = null;
  #covered: Set<PostId> | null = null;
  #knownFrom: string | null = null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  hides(user: UserId): boolean {
    return this.#loadHidden().has(user);
  }

  /** Whom the owner has muted, or either has blocked. */
  hidden(): UserId[] {
    return [...this.#loadHidden()];
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
    this.#hidden = null;
    return rowsWritten > 0;
  }

  /**
   * Stores a reaction, unless a newer one is stored.
   * @returns whether the owner has just made it, or taken it back, as far as this object can tell
   */
  setReaction({ post, kind, version, active }: OwnReaction): boolean {
    const [before] = this.#sql
      .exec<{ active: number }>(
        "SELECT active FROM reacted WHERE post = ? AND kind = ?",
        post,
        kind,
      )
      .toArray();
    const { rowsWritten } = this.#sql.exec(
      `INSERT INTO reacted (post, kind, version, active) VALUES (?, ?, ?, ?)
       ON CONFLICT (post, kind) DO UPDATE SET version = excluded.version, active = excluded.active
       WHERE excluded.version > version`,
      post,
      kind,
      version,
      active ? 1 : 0,
    );
    return rowsWritten > 0 && (before?.active === 1) !== active;
  }

  /** The owner's reactions to posts, without the posts for which only the store has them. */
  reactionsTo(posts: readonly PostId[]): Map<PostId, ViewerOfPost> {
    const rows = this.#sql
      .exec<{ post: string; kind: string }>(
        `SELECT post, kind FROM reacted
         WHERE post IN (SELECT value FROM json_each(?)) AND active = 1`,
        JSON.stringify(posts),
      )
      .toArray();
    const has = (kind: OwnReaction["kind"]): Set<PostId> =>
      new Set(rows.filter((row) => row.kind === kind).map((row) => row.post));
    const [likes, reposts] = [has("like"), has("repost")];
    return new Map(
      posts
        .filter((post) => this.#covers(post))
        .map((post) => [post, { liked: likes.has(post), reposted: reposts.has(post) }]),
    );
  }

  /** Stores what the store says of posts: they have these reactions and no others. */
  rememberReactions(posts: readonly PostId[], reactions: readonly OwnReaction[]): void {
    for (const reaction of reactions) this.setReaction(reaction);
    const missing = posts.filter((post) => !this.#covers(post));
    if (missing.length === 0) return;
    this.#sql.exec("INSERT INTO covered (posts) VALUES (?)", JSON.stringify(missing));
    this.#covered = null;
  }

  /** Replaces everything with what a rebuild has read from the store. */
  seed(seed: {
    posts: readonly PostId[];
    reactions: readonly OwnReaction[];
    relations: readonly OwnRelation[];
    knownFrom: Id;
  }): void {
    this.#sql.exec("DELETE FROM reacted");
    this.#sql.exec("DELETE FROM covered");
    this.#sql.exec("DELETE FROM hidden");
    this.#hidden = null;
    this.#covered = null;
    this.#saveKnownFrom(seed.knownFrom);
    for (const relation of seed.relations) this.setRelation(relation);
    this.rememberReactions(seed.posts, seed.reactions);
  }

  /**
   * Whether every reaction of the owner to a post is stored here: to a post from `known_from` on,
   * and to one that the timeline was seeded with or that `rememberReactions` was called for.
   */
  #covers(post: PostId): boolean {
    return post >= this.#loadKnownFrom() || this.#loadCovered().has(post);
  }

  #loadHidden(): Set<UserId> {
    this.#hidden ??= new Set(
      this.#sql
        .exec<{ user: string }>("SELECT user FROM hidden WHERE active = 1")
        .toArray()
        .map((row) => row.user),
    );
    return this.#hidden;
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
