/**
 * One user's home timeline, as an object: its storage, its sockets, and the verbs that the edge and
 * the fan-out consumers call. What a change does is decided in timeline.ts.
 */
import { DurableObject } from "cloudflare:workers";
import type { PostTraits } from "../../feed/rank/engagement-history.ts";
import type { Delivery } from "../../feed/timeline/entry.ts";
import type { PullMode } from "../../feed/delivery/delivery-mode.ts";
import type { Id, PostId, UserId } from "../../feed/ids.ts";
import type { Impression } from "../../feed/delivery/jobs.ts";
import { SOCKETS_PER_USER, TIMELINE_MAX_DEFAULT } from "../../feed/limits.ts";
import { LIVE_EXPIRES_HEADER, LIVE_SINCE_HEADER } from "../../feed/timeline/live.ts";
import { type Frame, LIVE_PROTOCOL } from "../../feed/wire.ts";
import { COLD, type Cold } from "../cold.ts";
import type { LiveNews } from "../live/live-node.ts";
import { migrate } from "../storage/migrate.ts";
import { Listening } from "./listening.ts";
import { Modes } from "./modes.ts";
import { closeQuietly, Sockets } from "./sockets.ts";
import { MIGRATIONS, TimelineStore } from "./store.ts";
import { type Backfill, type Fill, type FollowChange, type Seed, Timeline } from "./timeline.ts";
import type {
  ViewerReactions,
  Shortlist,
  RankingContext,
  CandidateContext,
  WindowPage,
} from "./timeline-view.ts";
import type { WindowQuery } from "./window-read.ts";
import { OnScreen } from "./on-screen.ts";
import { type OwnReaction, type OwnRelation, ViewerState } from "./viewer-state.ts";

/** Done here; `horizon` is down to where the store has to be read, null for not at all. */
export interface Applied {
  status: "applied";
  horizon: Id | null;
}

export class HomeTimeline extends DurableObject<Env> {
  readonly #sockets: Sockets;
  readonly #onScreen: OnScreen;
  readonly #listening: Listening;
  #modes: Modes;
  #timeline: Timeline;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, MIGRATIONS);
    this.#sockets = new Sockets(ctx);
    this.#onScreen = new OnScreen((post) =>
      env.POST_COUNTER.getByName(post).addWatcher(this.#owner()),
    );
    this.#listening = new Listening(this.#owner(), (leaf) =>
      env.RELAY.getByName(leaf).joinLeaf(this.#owner()),
    );
    this.#modes = new Modes(ctx.storage.sql);
    this.#timeline = this.#load();
  }

  /** Takes in changes from fan-out; answers once they are written. */
  deliver(changes: readonly Delivery[]): { status: "kept" } | Cold {
    const nowMs = Date.now();
    const watched = this.#sockets.count > 0;
    const frames = this.#change((timeline) => timeline.deliver(changes, nowMs, watched));
    this.#sockets.broadcast(frames ?? [], nowMs);
    return frames === null ? COLD : { status: "kept" };
  }

  /** A page's part of the window; `watched` while a socket is open. */
  readWindow(ask: WindowQuery): ({ status: "warm"; watched: boolean } & WindowPage) | Cold {
    if (!this.#timeline.warm) return COLD;
    const page = this.#change((timeline) => timeline.read(ask, Date.now()));
    return { status: "warm", watched: this.#sockets.count > 0, ...page };
  }

  /** What of the window has the best prospects, for the first page of a ranked scroll. */
  readShortlist(): ({ status: "warm"; watched: boolean } & Shortlist) | Cold {
    if (!this.#timeline.warm) return COLD;
    const shortlist = this.#change((timeline) => timeline.shortlist(Date.now()));
    return { status: "warm", watched: this.#sockets.count > 0, ...shortlist };
  }

  /** Those of some entries that still stand, for the further pages of a ranked scroll. */
  readListed(
    ids: readonly Id[],
    top: Id,
  ): ({ status: "warm"; watched: boolean } & WindowPage) | Cold {
    if (!this.#timeline.warm) return COLD;
    const page = this.#timeline.view.listed(ids, top);
    return { status: "warm", watched: this.#sockets.count > 0, ...page };
  }

  /** How the owner stands to posts and people. */
  rankingContext(posts: readonly PostId[], people: readonly UserId[]): RankingContext {
    return this.#timeline.view.rankingContext(posts, people);
  }

  /** What is known of posts and people that are to be ranked with what the window has. */
  readCandidateContext(posts: readonly PostId[], people: readonly UserId[]): CandidateContext {
    const { view } = this.#timeline;
    const occurrences = view.occurrences(posts);
    return { ...view.rankingContext(posts, people), ...view.viewerReactions(posts), occurrences };
  }

  /** Whom the owner follows, for pages below the horizon. */
  readFollowees(): { status: "warm"; followees: UserId[] } | Cold {
    if (!this.#timeline.warm) return COLD;
    return { status: "warm", followees: this.#timeline.view.followees() };
  }

  /** Brings one edge in step; `horizon` is down to where a backfill is wanted. */
  async setFollow(change: FollowChange): Promise<Applied | { status: "moot" }> {
    const applied = this.#change((timeline) => timeline.setFollow(change));
    if (applied === null) return { status: "moot" };
    this.#tell(applied.frames);
    await this.#listen();
    return { status: "applied", horizon: applied.horizon };
  }

  /** An author has crossed the threshold; `horizon` is down to where a filling is wanted. */
  async setEpoch(author: UserId, mode: PullMode): Promise<Applied | Cold> {
    const watched = this.#sockets.count > 0;
    const answer = this.#change((timeline) => timeline.setEpoch(author, mode, Date.now(), watched));
    if (answer.status === "cold") return answer;
    await this.#listen();
    return answer;
  }

  /** Merges what the store has of an author who is pushed again. */
  refillAuthor(fill: Fill): void {
    this.#tell(this.#change((timeline) => timeline.fill(fill)));
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
  setReaction(reaction: OwnReaction, about: PostTraits | null): void {
    this.#change((timeline) => timeline.setReaction(reaction, about, Date.now()));
  }

  /** A mute or block that concerns the owner changed. */
  setRelation(relation: OwnRelation): void {
    this.#tell(this.#change((timeline) => timeline.setRelation(relation)));
  }

  /** What the store says the owner did to some posts. */
  rememberReactions(posts: readonly PostId[], reactions: readonly OwnReaction[]): void {
    this.#change((timeline) => timeline.learn(posts, reactions));
  }

  /** What the owner has seen. @returns posts to be told about first; none once it is taken in */
  recordImpressions(
    id: Id,
    items: readonly Impression[],
    about: ReadonlyMap<PostId, PostTraits> | null,
  ): PostId[] {
    return this.#change((timeline) => timeline.recordImpressions({ id, items, about }, Date.now()));
  }

  /** What the owner did to posts that are not in the window, and whom of some they follow. */
  viewerReactions(
    posts: readonly PostId[],
    users: readonly UserId[],
  ): ViewerReactions & { followed: UserId[] } {
    const { view } = this.#timeline;
    return { ...view.viewerReactions(posts), followed: view.followed(users) };
  }

  /** Has the counters of posts on screen tell this timeline, unless they do already. */
  watchCounts(posts: readonly PostId[]): Promise<void> {
    return this.#onScreen.watch(posts, Date.now());
  }

  /** Shows what pulled authors have just done to open pages; false if nobody listens here. */
  receiveLiveNews(news: readonly LiveNews[]): boolean {
    const listens = news.map(({ author, changes }) => {
      const open = this.#sockets.count > 0 && this.#timeline.warm;
      const frames = open ? this.#timeline.view.framesOfPulled(author, changes) : null;
      if (frames === null) this.#listening.forget(author);
      else this.#tell(frames);
      return frames !== null;
    });
    return listens.includes(true);
  }

  /** Shows frames of others to open pages; false if there are none. */
  showFrames(frames: readonly Frame[]): boolean {
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
    const missed = since === null ? [] : this.#timeline.view.replay(Number(since));
    await this.#sockets.accept(server, { v: 1, expiresAtMs }, [hello, ...missed]);
    this.ctx.waitUntil(this.#listen());
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
    await this.#listen();
  }

  #load(): Timeline {
    const { sql } = this.ctx.storage;
    const maxEntries = Number(this.env.TIMELINE_MAX) || TIMELINE_MAX_DEFAULT;
    this.#modes = new Modes(sql);
    const parts = { store: new TimelineStore(sql), own: new ViewerState(sql), modes: this.#modes };
    return new Timeline(parts, this.#owner(), maxEntries);
  }

  /** Has open pages hear of what pulled authors do, and shows what they have just missed. */
  async #listen(): Promise<void> {
    if (this.#sockets.count === 0 || !this.#timeline.warm) return;
    const authors = this.#timeline.view.pulled().map(({ author }) => author);
    const { missed, againAtMs } = await this.#listening.join(authors, this.#modes, Date.now());
    for (const { author, changes } of missed) {
      this.#tell(this.#timeline.view.framesOfPulled(author, changes) ?? []);
    }
    if (againAtMs !== null) await this.#sockets.wakeBy(againAtMs);
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
