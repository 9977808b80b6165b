/**
 * The home timelines that have something on screen, as a tree. A node stores up to about a thousand
 * members and sends later ones to its children by a hash. So a broadcast takes a few steps however
 * many members there are, and no node calls more than about a thousand others. A member that has
 * left says so in its answer and is removed; nobody has to unsubscribe.
 */
import { within } from "../within.ts";
import { fnv1a } from "../../feed/hash.ts";
import type { UserId } from "../../feed/ids.ts";
import {
  AUDIENCE_CALL_TIMEOUT_MS,
  AUDIENCE_CHILDREN,
  AUDIENCE_DEPTH,
  AUDIENCE_NODE_MEMBERS,
  ON_SCREEN_MS,
} from "../../feed/limits.ts";
import type { Frame } from "../../feed/wire.ts";
import type { Migration } from "../storage/migrate.ts";
import { broadcast } from "./broadcast.ts";

/** The tables of an audience, beside those of the object that has one. */
export const AUDIENCE_MIGRATION_SQL = `
  CREATE TABLE members (user TEXT PRIMARY KEY, until_ms INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE children (no INTEGER PRIMARY KEY, until_ms INTEGER NOT NULL);`;

export const AUDIENCE_MIGRATIONS: readonly Migration[] = [{ id: 1, sql: AUDIENCE_MIGRATION_SQL }];

/** How an audience reaches others. */
export interface AudienceCalls {
  /** Sends frames to a member's home timeline. @returns false if the member has left */
  sendToMember(user: UserId, frames: readonly Frame[]): Promise<boolean>;
  /** Sends frames to a child node. @returns false if the child has no members left */
  sendToChild(name: string, frames: readonly Frame[]): Promise<boolean>;
  joinChild(name: string, user: UserId): Promise<void>;
}

/** A member or a child of a node. */
type Target = { table: "members"; user: UserId } | { table: "children"; no: number };

export class Audience {
  readonly #sql: SqlStorage;
  readonly #name: string;
  readonly #calls: AudienceCalls;

  /** @param name the root's name, then a dot and a number for each step down to this node */
  constructor(sql: SqlStorage, name: string, calls: AudienceCalls) {
    this.#sql = sql;
    this.#name = name;
    this.#calls = calls;
  }

  /** Adds a member to this node, or to one further down if this one is full. */
  async join(user: UserId, nowMs: number): Promise<void> {
    const untilMs = nowMs + ON_SCREEN_MS;
    const full = this.#count("members") >= AUDIENCE_NODE_MEMBERS;
    if (!full || this.#isMember(user) || this.#depth() >= AUDIENCE_DEPTH) {
      this.#sql.exec(
        `INSERT INTO members (user, until_ms) VALUES (?, ?)
         ON CONFLICT (user) DO UPDATE SET until_ms = excluded.until_ms`,
        user,
        untilMs,
      );
      return;
    }
    const no = hash(user, this.#depth()) % AUDIENCE_CHILDREN;
    this.#sql.exec(
      `INSERT INTO children (no, until_ms) VALUES (?, ?)
       ON CONFLICT (no) DO UPDATE SET until_ms = excluded.until_ms
       WHERE excluded.until_ms > until_ms + ${ON_SCREEN_MS / 2}`,
      no,
      untilMs + ON_SCREEN_MS,
    );
    await this.#calls.joinChild(`${this.#name}.${no}`, user);
  }

  /** Sends frames to every member. @returns false if there are none */
  async broadcast(frames: readonly Frame[], nowMs: number): Promise<boolean> {
    this.#sql.exec("DELETE FROM members WHERE until_ms < ?", nowMs);
    this.#sql.exec("DELETE FROM children WHERE until_ms < ?", nowMs);
    await broadcast(this.#targets(), {
      call: (target) =>
        within(this.#send(target, frames), { milliseconds: AUDIENCE_CALL_TIMEOUT_MS }),
      onAnswer: (target, stillThere) => {
        if (!stillThere) this.#drop(target);
      },
      // It stays a member; the next broadcast calls it again.
      onFailure: () => undefined,
    });
    return this.#count("members") + this.#count("children") > 0;
  }

  #targets(): Target[] {
    const members = this.#sql.exec<{ user: string }>("SELECT user FROM members").toArray();
    const children = this.#sql.exec<{ no: number }>("SELECT no FROM children").toArray();
    return [
      ...members.map(({ user }): Target => ({ table: "members", user })),
      ...children.map(({ no }): Target => ({ table: "children", no })),
    ];
  }

  #send(target: Target, frames: readonly Frame[]): Promise<boolean> {
    return target.table === "members"
      ? this.#calls.sendToMember(target.user, frames)
      : this.#calls.sendToChild(`${this.#name}.${target.no}`, frames);
  }

  #drop(target: Target): void {
    if (target.table === "members") {
      this.#sql.exec("DELETE FROM members WHERE user = ?", target.user);
    } else {
      this.#sql.exec("DELETE FROM children WHERE no = ?", target.no);
    }
  }

  #isMember(user: UserId): boolean {
    return this.#sql.exec("SELECT 1 FROM members WHERE user = ?", user).toArray().length > 0;
  }

  #count(table: "members" | "children"): number {
    return this.#sql.exec<{ n: number }>(`SELECT count(*) AS n FROM ${table}`).one().n;
  }

  #depth(): number {
    return this.#name.split(".").length - 1;
  }
}

/** A hash of an id; each level has a seed of its own, so that levels spread differently. */
function hash(text: string, level: number): number {
  return fnv1a(text, level) >>> 8;
}
