/**
 * Who is looking at something right now, as a tree: a node keeps up to about a thousand members and
 * sends later ones on to its children by a hash, so that telling everyone takes a few steps however
 * many they are, and no node calls more than about a thousand others. Whoever has left answers so
 * when told, and is dropped; nothing needs unsubscribing.
 */
import pMap from "p-map";
import pTimeout from "p-timeout";
import type { UserId } from "../../feed/ids.ts";
import {
  AUDIENCE_CALL_TIMEOUT_MS,
  AUDIENCE_CHILDREN,
  AUDIENCE_CONCURRENCY,
  AUDIENCE_DEPTH,
  AUDIENCE_NODE_MEMBERS,
  ON_SCREEN_MS,
} from "../../feed/limits.ts";
import type { Frame } from "../../feed/wire.ts";
import type { Migration } from "../storage/migrate.ts";

/** The tables of an audience, beside those of the object that has one. */
export const AUDIENCE_MIGRATION_SQL = `
  CREATE TABLE members (user TEXT PRIMARY KEY, until_ms INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE children (no INTEGER PRIMARY KEY, until_ms INTEGER NOT NULL);`;

export const AUDIENCE_MIGRATIONS: readonly Migration[] = [{ id: 1, sql: AUDIENCE_MIGRATION_SQL }];

/** How an audience reaches others. */
export interface AudienceCalls {
  /** Tells a member; false if they are not looking any more. */
  tellMember(user: UserId, frames: readonly Frame[]): Promise<boolean>;
  /** Tells a child; false if it has nobody left. */
  tellChild(name: string, frames: readonly Frame[]): Promise<boolean>;
  joinChild(name: string, user: UserId): Promise<void>;
}

export class Audience {
  readonly #sql: SqlStorage;
  readonly #name: string;
  readonly #calls: AudienceCalls;

  /** @param name of the node: the root's, then a dot and a number for each step down */
  constructor(sql: SqlStorage, name: string, calls: AudienceCalls) {
    this.#sql = sql;
    this.#name = name;
    this.#calls = calls;
  }

  /** Adds a member here or further down. */
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

  /** Tells everyone who is looking. @returns false if nobody is */
  async tell(frames: readonly Frame[], nowMs: number): Promise<boolean> {
    this.#sql.exec("DELETE FROM members WHERE until_ms < ?", nowMs);
    this.#sql.exec("DELETE FROM children WHERE until_ms < ?", nowMs);
    const members = this.#sql.exec<{ user: string }>("SELECT user FROM members").toArray();
    const children = this.#sql.exec<{ no: number }>("SELECT no FROM children").toArray();
    await pMap(
      [
        ...members.map(
          ({ user }) =>
            () =>
              this.#tellMember(user, frames),
        ),
        ...children.map(
          ({ no }) =>
            () =>
              this.#tellChild(no, frames),
        ),
      ],
      (call) => call(),
      { concurrency: AUDIENCE_CONCURRENCY },
    );
    return this.#count("members") + this.#count("children") > 0;
  }

  async #tellMember(user: UserId, frames: readonly Frame[]): Promise<void> {
    if (await attempt(() => this.#calls.tellMember(user, frames))) return;
    this.#sql.exec("DELETE FROM members WHERE user = ?", user);
  }

  async #tellChild(no: number, frames: readonly Frame[]): Promise<void> {
    if (await attempt(() => this.#calls.tellChild(`${this.#name}.${no}`, frames))) return;
    this.#sql.exec("DELETE FROM children WHERE no = ?", no);
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

/** Whether a call was answered with "still here"; one that fails is tried again next time. */
async function attempt(call: () => Promise<boolean>): Promise<boolean> {
  try {
    return await pTimeout(call(), { milliseconds: AUDIENCE_CALL_TIMEOUT_MS });
  } catch {
    return true;
  }
}

/** FNV-1a over an id, with another start for each level, so that levels spread differently. */
function hash(text: string, level: number): number {
  let value = 0x811c9dc5 ^ level;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return value >>> 8;
}
