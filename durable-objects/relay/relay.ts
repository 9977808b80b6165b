/**
 * Forwards one message to many home timelines. A relay is a node of an audience below its root (the
 * timelines that have a post on screen) or a node of a celebrity's live tree (followers who are
 * online). Its name says which tree it belongs to, and where in the tree it is.
 */
import { DurableObject } from "cloudflare:workers";
import type { UserId } from "../../feed/ids.ts";
import type { Frame } from "../../feed/wire.ts";
import { Audience, AUDIENCE_MIGRATIONS } from "../live/audience.ts";
import { audienceCalls } from "../live/audience-calls.ts";
import { liveCalls } from "../live/live-calls.ts";
import {
  type ChangesSince,
  LIVE_NODE_MIGRATION_SQL,
  LiveNode,
  type LiveNews,
  type Remembered,
} from "../live/live-node.ts";
import { migrate } from "../storage/migrate.ts";

const MIGRATIONS = [...AUDIENCE_MIGRATIONS, { id: 2, sql: LIVE_NODE_MIGRATION_SQL }];

export class Relay extends DurableObject<Env> {
  readonly #audience: Audience;
  readonly #live: LiveNode;
  readonly #name: string;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, MIGRATIONS);
    const { name } = ctx.id;
    if (name === undefined) throw new Error("a relay is addressed by its place in the tree");
    this.#name = name;
    this.#audience = new Audience(ctx.storage.sql, name, audienceCalls(env));
    this.#live = new LiveNode(ctx.storage.sql, liveCalls(env));
  }

  /** Audience: adds a home timeline that has the post on screen. */
  joinAudience(user: UserId): Promise<void> {
    return this.#audience.join(user, Date.now());
  }

  /** Audience: forwards frames. @returns false if no member is left */
  forwardFrames(frames: readonly Frame[]): Promise<boolean> {
    return this.#audience.broadcast(frames, Date.now());
  }

  /** Live tree: adds a follower who is online. @returns the changes since a time, or "full" */
  joinTree(user: UserId, sinceMs: number): Promise<{ changes: ChangesSince } | "full"> {
    return this.#live.join(this.#name, user, sinceMs, Date.now());
  }

  /** Live tree: adds a node below this one. @returns what this one remembers */
  attachNode(node: string): Promise<Remembered> {
    return this.#live.attachBranch(this.#name, node);
  }

  /** Live tree: stores news, which the alarm forwards. @returns false if no listener is left */
  async forwardNews(news: readonly LiveNews[]): Promise<boolean> {
    if (!this.#live.hasListeners) return false;
    for (const item of news) this.#live.store(item, Date.now());
    await this.ctx.storage.setAlarm(Date.now());
    return true;
  }

  override async alarm(): Promise<void> {
    await this.#live.forward();
    const forgetAtMs = this.#live.forgetOld(Date.now());
    if (forgetAtMs !== null && (await this.ctx.storage.getAlarm()) === null) {
      await this.ctx.storage.setAlarm(forgetAtMs);
    }
  }
}
