/** Whom the owner follows: the SQL, with a cache that a page's many questions go to. */
import type { UserId } from "../../feed/ids.ts";
import { FOLLOWING_MAX } from "../../feed/limits.ts";

/** One follow edge as the timeline has it. */
export interface FollowEdge {
  author: UserId;
  version: number;
  active: boolean;
}

export class Follows {
  readonly #sql: SqlStorage;
  /** Everyone followed; null until somebody asks for the list. */
  #followees: Set<UserId> | null = null;
  /** Whether the owner follows an account, for the accounts that were asked about. */
  readonly #cached = new Map<UserId, boolean>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The edge to an author, ended ones too; null if the owner has never followed them. */
  edge(author: UserId): FollowEdge | null {
    const row = this.#sql
      .exec<{ version: number; active: number }>(
        "SELECT version, active FROM follows WHERE author = ?",
        author,
      )
      .toArray()[0];
    return row === undefined ? null : { author, version: row.version, active: row.active === 1 };
  }

  /** Whether the owner follows an account. */
  has(user: UserId): boolean {
    return this.#followees?.has(user) ?? this.#cached.get(user) ?? this.#read(user);
  }

  /** Everyone the owner follows. */
  followees(): UserId[] {
    this.#followees ??= new Set(
      this.#sql
        .exec<{ author: string }>("SELECT author FROM follows WHERE active = 1")
        .toArray()
        .map((row) => row.author),
    );
    return [...this.#followees];
  }

  save({ author, version, active }: FollowEdge): void {
    this.#sql.exec(
      `INSERT INTO follows (author, version, active) VALUES (?, ?, ?)
       ON CONFLICT (author) DO UPDATE SET version = excluded.version, active = excluded.active`,
      author,
      version,
      active ? 1 : 0,
    );
    this.#cached.delete(author);
    if (active) this.#followees?.add(author);
    else this.#followees?.delete(author);
  }

  /**
   * Replaces all active edges. An ended edge keeps its version, to beat an older one that is late.
   */
  replaceActive(edges: readonly { user: UserId; version: number }[]): void {
    this.#sql.exec("DELETE FROM follows WHERE active = 1");
    this.#sql.exec(
      `INSERT INTO follows (author, version, active)
       SELECT value ->> 0, value ->> 1, 1 FROM json_each(?) WHERE true
       ON CONFLICT (author) DO UPDATE SET version = excluded.version, active = 1`,
      JSON.stringify(edges.map((edge) => [edge.user, edge.version])),
    );
    this.#followees = null;
    this.#cached.clear();
  }

  /** A page asks about each of its entries, and most of those are by few people. */
  #read(user: UserId): boolean {
    if (this.#cached.size >= FOLLOWING_MAX) this.#cached.clear();
    const follows = this.edge(user)?.active === true;
    this.#cached.set(user, follows);
    return follows;
  }
}
