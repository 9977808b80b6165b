/**
 * One user's home timeline, as an object: its storage, its sockets, and the verbs that the edge and
 * the fan-out consumers call. What a change does is decided in timeline.ts.
 */
import { DurableObject } from "cloudflare:workers";
import pMap from "p-map";
import type { Change } from "../../feed/entry.ts";
import type { Id, PostId, UserId } from "../../feed/ids.ts";
import type { Impression } from "../../feed/jobs.ts";
import { AUDIENCE_CONCURRENCY, SOCKETS_PER_USER, TIMELINE_MAX_DEFAULT } from "../../feed/limits.ts";
import { LIVE_EXPIRES_HEADER, LIVE_SINCE_HEADER } from "../../feed/live.ts";
import { type Frame, LIVE_PROTOCOL } from "../../feed/wire.ts";
import { migrate } from "../migrate.ts";
import { closeQuietly, Sockets } from "./sockets.ts";
import { MIGRATIONS, TimelineStore } from "./store.ts";
import {
  type Ask,
  type Backfill,
  type FollowChange,
  type Seed,
  Timeline,
  type WindowPage,
} from "./timeline.ts";
import { OnScreen } from "./on-screen.ts";
import { type OwnReaction, type OwnRelation, ViewerState } from "./viewer-state.ts";

/** The timeline is not filled; whoever reads it rebuilds it. */
export interface Cold {
  status: "cold";
}

export class HomeTimeline extends DurableObject<Env> {
  readonly #sockets: Sockets;
  readonly #onScreen = new OnScreen();
  #timeline: Timeline;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, MIGRATIONS);
    this.#sockets = new Sockets(ctx);
    this.#timeline = this.#load();
  }

  /** Takes in changes from fan-out; answers once they are written. */
  deliver(changes: readonly Change[]): "kept" | "cold" {
    const nowMs = Date.now();
    const watched = this.#sockets.count > 0;
    const frames = this.#change((timeline) => timeline.deliver(changes, nowMs, watched));
    this.#sockets.broadcast(frames ?? [], nowMs);
    return frames === null ? "cold" : "kept";
  }

  /** A page's part of the window; `watched` while a socket is open. */
  readWindow(ask: Ask): ({ status: "warm"; watched: boolean } & WindowPage) | Cold {
    if (!this.#timeline.warm) return { status: "cold" };
    const page = this.#change((timeline) => timeline.read(ask, Date.now()));
    return { status: "warm", watched: this.#sockets.count > 0, ...page };
  }

  /** Whom the owner follows, for pages below the horizon. */
  readFollowees(): { status: "warm"; followees: UserId[] } | Cold {
    if (!this.#timeline.warm) return { status: "cold" };
    return { status: "warm", followees: this.#timeline.followees() };
  }

  /** Brings one edge in step; `horizon` is down to where a backfill is wanted. */
  setFollow(change: FollowChange): { status: "applied"; horizon: Id } | { status: "moot" } {
    const applied = this.#change((timeline) => timeline.setFollow(change));
    if (applied === null) return { status: "moot" };
    this.#sockets.broadcast(applied.frames, Date.now());
    return { status: "applied", horizon: applied.horizon };
  }

  /** Merges what the store had of a newly followed author. */
  backfill(backfill: Backfill): void {
    this.#tell(this.#change((timeline) => timeline.backfill(backfill)));
  }

  /** Starts keeping deliveries for a rebuild; null if there is nothing to rebuild. */
  beginRebuild(): string | null {
    return this.#timeline.beginRebuild(crypto.randomUUID());
  }

  /** Ends a rebuild; false if it has to begin again. */
  seed(seed: Seed): boolean {
    const frames = this.#change((timeline) => timeline.seed(seed, Date.now()));
    this.#tell(frames ?? []);
    return frames !== null;
  }

  /** Makes the timeline cold, so that its next read rebuilds it. */
  forget(): void {
    this.#tell(this.#change((timeline) => timeline.forget()));
  }

  /** The owner reacted to a post; they see it on every page from now on. */
  setReaction(reaction: OwnReaction): void {
    this.#change((timeline) => timeline.setReaction(reaction));
  }

  /** A mute or block that concerns the owner changed. */
  setRelation(relation: OwnRelation): void {
    this.#tell(this.#change((timeline) => timeline.setRelation(relation)));
  }

  /** What the store says the owner did to some posts. */
  learn(posts: readonly PostId[], reactions: readonly OwnReaction[]): void {
    this.#change((timeline) => timeline.learn(posts, reactions));
  }

  /** What the owner has seen. */
  attend(id: Id, items: readonly Impression[]): void {
    this.#change((timeline) => timeline.attend({ id, items }, Date.now()));
  }

  /** Has the counters of posts on screen tell this timeline, unless they do already. */
  async watch(posts: readonly PostId[]): Promise<void> {
    const owner = this.#owner();
    await pMap(
      this.#onScreen.fresh(posts, Date.now()),
      async (post) => {
        try {
          await this.env.POST_COUNTER.getByName(post).watch(owner);
        } catch {
          // The next page with the post asks again.
          this.#onScreen.forgetPost(post);
        }
      },
      { concurrency: AUDIENCE_CONCURRENCY },
    );
  }

  /** Shows frames of others to open pages; false if there are none. */
  show(frames: readonly Frame[]): boolean {
    if (this.#sockets.count === 0) {
      this.#onScreen.forget();
      return false;
    }
    this.#tell(frames);
    return true;
  }

  /** The upgrade of a socket that the edge has authenticated. */
  override async fetch(request: Request): Promise<Response> {
    if (!this.#timeline.warm) return new Response(null, { status: 409 });
    if (this.#sockets.count >= SOCKETS_PER_USER) return new Response(null, { status: 429 });
    const expiresAtMs = Number(request.headers.get(LIVE_EXPIRES_HEADER));
    const since = request.headers.get(LIVE_SINCE_HEADER);
    const { 0: client, 1: server } = new WebSocketPair();
    const hello: Frame = { type: "hello", seq: this.#timeline.seq };
    const missed = since === null ? [] : this.#timeline.replay(Number(since));
    await this.#sockets.accept(server, { v: 1, expiresAtMs }, [hello, ...missed]);
    return new Response(null, {
      status: 101,
      webSocket: client,
      headers: { "sec-websocket-protocol": LIVE_PROTOCOL },
    });
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    this.#sockets.refuse(socket, message);
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    closeQuietly(socket, code === 1005 || code === 1006 ? 1000 : code, "");
  }

  override async alarm(): Promise<void> {
    await this.#sockets.closeExpired(Date.now());
  }

  #load(): Timeline {
    const { sql } = this.ctx.storage;
    const maxEntries = Number(this.env.TIMELINE_MAX) || TIMELINE_MAX_DEFAULT;
    return new Timeline(new TimelineStore(sql), new ViewerState(sql), this.#owner(), maxEntries);
  }

  #owner(): UserId {
    const { name } = this.ctx.id;
    if (name === undefined) throw new Error("a home timeline is addressed by its user's id");
    return name;
  }

  /** All of a change is written or none; if it fails, memory is what storage says. */
  #change<T>(work: (timeline: Timeline) => T): T {
    try {
      return this.ctx.storage.transactionSync(() => work(this.#timeline));
    } catch (error) {
      this.#timeline = this.#load();
      throw error;
    }
  }

  #tell(frames: readonly Frame[]): void {
    this.#sockets.broadcast(frames, Date.now());
  }
}
