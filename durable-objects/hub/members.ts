/**
 * The members of a hub: home timelines with an open socket. Each has one row with its pulled authors and
 * the posts that are on its screen, so that a restart loses nobody. All rows are also in memory, with an
 * index by author and by post.
 */
import type { Id, PostId, UserId } from "../../feed/ids.ts";
import { HUB_SCREEN_MAX, LIVE_REJOIN_EVERY_MS, ON_SCREEN_MS } from "../../feed/limits.ts";
import { SUBSCRIBERS_SQL } from "../live/subscribers.ts";
import type { Migration } from "../storage/migrate.ts";
import { storedJson } from "../storage/stored-json.ts";

export const HUB_MIGRATIONS: readonly Migration[] = [
  {
    id: 1,
    sql: `
      CREATE TABLE members (
        user TEXT PRIMARY KEY,
        authors TEXT NOT NULL,
        screen TEXT NOT NULL,
        missed INTEGER NOT NULL,
        seen_ms INTEGER NOT NULL
      ) WITHOUT ROWID;
      ${SUBSCRIBERS_SQL}`,
  },
];

/** Posts on screen, and until when they count as that, in milliseconds since 1970. */
export type Screen = ReadonlyMap<PostId, number>;

interface Member {
  authors: ReadonlySet<UserId>;
  screen: Screen;
  /** Whether messages to the member may not have arrived. */
  missed: boolean;
  /** When the member last called, to see who has left without a word. */
  seenMs: number;
  /** How often it has joined, in memory. */
  joins: number;
}

/** A member that does not renew its place for so long has left. */
const GONE_AFTER_MS = 3 * LIVE_REJOIN_EVERY_MS;

export class Members {
  readonly #sql: SqlStorage;
  readonly #members = new Map<UserId, Member>();
  readonly #byAuthor = new Index();
  readonly #byPost = new Index();
  #prunedMs = -Infinity;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const rows = sql
      .exec<{ user: string; authors: string; screen: string; missed: number; seen_ms: number }>(
        "SELECT user, authors, screen, missed, seen_ms FROM members",
      )
      .toArray();
    for (const row of rows) {
      this.#put(row.user, {
        authors: new Set(storedJson<UserId[]>(row.authors)),
        screen: new Map(storedJson<[PostId, number][]>(row.screen)),
        missed: row.missed === 1,
        seenMs: row.seen_ms,
        joins: 0,
      });
    }
  }

  has(user: UserId): boolean {
    return this.#members.has(user);
  }

  /** Adds a member, or replaces its authors. @returns the authors it did not have; null if it is new */
  join(user: UserId, authors: readonly UserId[], nowMs: number): UserId[] | null {
    this.#dropGone(nowMs);
    const before = this.#members.get(user);
    this.#save(user, {
      authors: new Set(authors),
      screen: before?.screen ?? new Map<PostId, number>(),
      missed: before?.missed ?? false,
      seenMs: nowMs,
      joins: (before?.joins ?? 0) + 1,
    });
    return before === undefined ? null : authors.filter((author) => !before.authors.has(author));
  }

  /** Adds posts to a member's screen. Those of pages that are no longer on screen go. */
  addToScreen(user: UserId, posts: Screen, nowMs: number): void {
    const member = this.#members.get(user);
    if (member === undefined) return;
    const left = [...member.screen].filter(([, untilMs]) => untilMs > nowMs);
    const screen = new Map<PostId, number>([...left, ...posts].slice(-HUB_SCREEN_MAX));
    this.#save(user, { ...member, screen, seenMs: nowMs });
  }

  /** What is on a member's screen; null if there is no such member. */
  screenOf(user: UserId): Screen | null {
    return this.#members.get(user)?.screen ?? null;
  }

  /** How often a member has joined: `remove` needs it. */
  joinsOf(user: UserId): number {
    return this.#members.get(user)?.joins ?? 0;
  }

  /** Removes a member, unless it has joined again since `joins` was read. */
  remove(user: UserId, joins: number): void {
    const member = this.#members.get(user);
    if (member === undefined || member.joins !== joins) return;
    this.#sql.exec("DELETE FROM members WHERE user = ?", user);
    this.#take(user, member);
  }

  followersOf(author: UserId): ReadonlySet<UserId> {
    return this.#byAuthor.of(author);
  }

  /** The members that have a post on screen. */
  watchersOf(post: PostId, nowMs: number): UserId[] {
    const users = [...this.#byPost.of(post)];
    return users.filter((user) => (this.#members.get(user)?.screen.get(post) ?? 0) > nowMs);
  }

  /** Notes whether messages to a member may not have arrived. */
  setMissed(user: UserId, missed: boolean): void {
    const member = this.#members.get(user);
    if (member === undefined || member.missed === missed) return;
    this.#members.set(user, { ...member, missed });
    this.#sql.exec("UPDATE members SET missed = ? WHERE user = ?", missed ? 1 : 0, user);
  }

  hasMissed(user: UserId): boolean {
    return this.#members.get(user)?.missed === true;
  }

  /** Members to which messages may not have arrived. */
  missed(): UserId[] {
    return [...this.#members].filter(([, { missed }]) => missed).map(([user]) => user);
  }

  /** Drops members that have not called for long, now and then. */
  #dropGone(nowMs: number): void {
    if (nowMs - this.#prunedMs < LIVE_REJOIN_EVERY_MS) return;
    this.#prunedMs = nowMs;
    for (const [user, { seenMs, joins }] of this.#members) {
      if (nowMs - seenMs > GONE_AFTER_MS) this.remove(user, joins);
    }
  }

  #save(user: UserId, member: Member): void {
    const before = this.#members.get(user);
    if (before !== undefined) this.#take(user, before);
    this.#put(user, member);
    this.#sql.exec(
      `INSERT INTO members (user, authors, screen, missed, seen_ms) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (user) DO UPDATE SET authors = excluded.authors, screen = excluded.screen,
         missed = excluded.missed, seen_ms = excluded.seen_ms`,
      user,
      JSON.stringify([...member.authors]),
      JSON.stringify([...member.screen]),
      member.missed ? 1 : 0,
      member.seenMs,
    );
  }

  #put(user: UserId, member: Member): void {
    this.#members.set(user, member);
    for (const author of member.authors) this.#byAuthor.add(author, user);
    for (const post of member.screen.keys()) this.#byPost.add(post, user);
  }

  #take(user: UserId, member: Member): void {
    this.#members.delete(user);
    for (const author of member.authors) this.#byAuthor.remove(author, user);
    for (const post of member.screen.keys()) this.#byPost.remove(post, user);
  }
}

/** Until when posts of a page that is served now count as on screen. */
export function onScreen(posts: readonly PostId[], nowMs: number): Screen {
  return new Map(posts.map((post) => [post, nowMs + ON_SCREEN_MS]));
}

const NOBODY: ReadonlySet<UserId> = new Set();

/** Users by author or post. */
class Index {
  readonly #users = new Map<Id, Set<UserId>>();

  of(id: Id): ReadonlySet<UserId> {
    return this.#users.get(id) ?? NOBODY;
  }

  add(id: Id, user: UserId): void {
    const users = this.#users.get(id);
    if (users === undefined) this.#users.set(id, new Set([user]));
    else users.add(user);
  }

  remove(id: Id, user: UserId): void {
    const users = this.#users.get(id);
    users?.delete(user);
    if (users?.size === 0) this.#users.delete(id);
  }
}
