/**
 * What a home timeline knows of its owner beside whom they follow: what they reacted to, whom they
 * mute or block, and what they paid attention to; so that a page shows it without the store.
 */
import {
  type PostTraits,
  type EngagementHistory,
  recordImpressions,
  recordEngagement,
  NO_HISTORY,
} from "../../feed/rank/engagement-history.ts";
import type { Id, PostId, UserId } from "../../feed/ids.ts";
import type { Impression } from "../../feed/delivery/jobs.ts";
import type { EngagementDelta } from "../../feed/rank/engagement.ts";
import type { SeenBefore, ViewerFacts } from "../../feed/rank/facts.ts";
import type { Migration } from "../storage/migrate.ts";

/** The tables, as a migration of the timeline's. */
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

/** What the owner did to a post. */
export interface ViewerOfPost {
  liked: boolean;
  reposted: boolean;
}

export class ViewerState {
  readonly #sql: SqlStorage;
  #hidden: Set<UserId> | null = null;
  #covered: Set<PostId> | null = null;
  #knownFrom: string | null = null;
  #attention: EngagementHistory | null = null;
  #seen: ReadonlyMap<PostId, SeenBefore> | null = null;

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

  /** @returns whether that changed anything */
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

  /** @returns whether the owner has just done it, or taken it back, as far as is known here */
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

  /** What the owner did to some posts; those of which only the store knows are left out. */
  of(posts: readonly PostId[]): Map<PostId, ViewerOfPost> {
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
        .filter((post) => this.#knows(post))
        .map((post) => [post, { liked: likes.has(post), reposted: reposts.has(post) }]),
    );
  }

  /** Takes in what the store says of some posts: these reactions and no others. */
  learn(posts: readonly PostId[], reactions: readonly OwnReaction[]): void {
    for (const reaction of reactions) this.setReaction(reaction);
    const fresh = posts.filter((post) => !this.#knows(post));
    if (fresh.length === 0) return;
    this.#sql.exec("INSERT INTO covered (posts) VALUES (?)", JSON.stringify(fresh));
    this.#covered = null;
  }

  /** Starts over with what a rebuild has read; attention is kept nowhere else, so it stays. */
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
    this.#knownFrom = seed.knownFrom;
    this.#saveViewer(seed.knownFrom, this.#loadHistory());
    for (const relation of seed.relations) this.setRelation(relation);
    this.learn(seed.posts, seed.reactions);
  }

  /** Takes in a report of what the owner has seen. */
  recordImpressions(
    report: { id: Id; items: readonly Impression[] },
    aboutOf: (post: PostId) => PostTraits | undefined,
    nowMs: number,
  ): void {
    const attention = recordImpressions(this.#loadHistory(), report, aboutOf, nowMs);
    this.#saveViewer(this.#loadKnownFrom(), attention);
  }

  /** Takes in what the owner did with something beside seeing it. */
  recordEngagement(about: PostTraits, delta: EngagementDelta, nowMs: number): void {
    const attention = recordEngagement(this.#loadHistory(), about, delta, nowMs);
    this.#saveViewer(this.#loadKnownFrom(), attention);
  }

  /** What is known of the owner, and of how they take to everybody they remember. */
  facts(owner: UserId): ViewerFacts {
    const { overall, contents, authors } = this.#loadHistory();
    return { id: owner, overall, contents, authors: Object.fromEntries(authors) };
  }

  /** How the owner has seen a post before; null if they have not. */
  seen(post: PostId): SeenBefore | null {
    this.#seen ??= new Map(this.#loadHistory().posts);
    return this.#seen.get(post) ?? null;
  }

  /**
   * Whether the timeline has heard of what the owner did to a post: of every reaction to one since
   * `knownFrom`, and to one that it was seeded with or asked about before.
   */
  #knows(post: PostId): boolean {
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
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `learn` wrote it
        .flatMap((row) => JSON.parse(row.posts) as PostId[]),
    );
    return this.#covered;
  }

  #loadKnownFrom(): string {
    this.#knownFrom ??=
      this.#sql.exec<{ known_from: string }>("SELECT known_from FROM viewer").toArray()[0]
        ?.known_from ?? "";
    return this.#knownFrom;
  }

  #loadHistory(): EngagementHistory {
    if (this.#attention !== null) return this.#attention;
    const row = this.#sql.exec<{ attention: string }>("SELECT attention FROM viewer").toArray()[0];
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `#saveViewer` wrote it
    const stored = JSON.parse(row?.attention ?? "{}") as Partial<EngagementHistory>;
    this.#attention = { ...NO_HISTORY, ...stored };
    return this.#attention;
  }

  #saveViewer(knownFrom: string, attention: EngagementHistory): void {
    this.#attention = attention;
    this.#seen = null;
    this.#sql.exec(
      `INSERT INTO viewer (id, known_from, attention) VALUES (0, ?, ?)
       ON CONFLICT (id) DO UPDATE SET known_from = excluded.known_from,
         attention = excluded.attention`,
      knownFrom,
      JSON.stringify(attention),
    );
  }
}
