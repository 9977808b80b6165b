/**
 * One user's home timeline, as an object: the verbs that the edge and the fan-out consumers call,
 * and its sockets. What it stores is in store.ts, how it changes in timeline.ts, and what it shows
 * in timeline-view.ts.
 */
import { DurableObject } from "cloudflare:workers";
import type { PostTraits } from "../../feed/rank/engagement-history.ts";
import type { Counts, Delivery, Entry } from "../../feed/timeline/entry.ts";
import type { FeedHead, PullMode } from "../../feed/delivery/delivery-mode.ts";
import type { Id, PostId, UserId } from "../../feed/ids.ts";
import type { Impression } from "../../feed/delivery/jobs.ts";
import type { LoggedReport, ViewerKey } from "../../feed/rank/training-log.ts";
import { TIMELINE_MAX_DEFAULT } from "../../feed/limits.ts";
import type { EndedSession } from "../../feed/sessions.ts";
import type { Frame } from "../../feed/wire.ts";
import { COLD, type Cold } from "../cold.ts";
import { migrate } from "../storage/migrate.ts";
import { StoredState } from "../storage/stored-state.ts";
import type { HubName } from "../../feed/delivery/hub-ring.ts";
import type { MemberNotices } from "../../feed/delivery/notices.ts";
import { HubMembership } from "./hub-membership.ts";
import { LivePages } from "./live-pages.ts";
import { SessionEnds } from "./session-ends.ts";
import { Sockets } from "./sockets.ts";
import {
  type Admission,
  foldEngagement,
  newViewerKey,
  type RecordedReport,
  type ReportsToLog,
} from "./log-share.ts";
import { MIGRATIONS, openStores } from "./store.ts";
import { pack, type Packed } from "./packed.ts";
import type {
  Applied,
  AuthorRefill,
  Backfill,
  FeedBehind,
  FollowChange,
  Seed,
} from "./store-reads.ts";
import type { ReactionContext } from "./own-reactions.ts";
import { Timeline } from "./timeline.ts";
import type {
  CandidateContext,
  RankingContext,
  RelationsTo,
  Shortlist,
  TimelineView,
  ViewerReactions,
  WindowPage,
} from "./timeline-view.ts";
import type { OwnChanges, OwnReaction, OwnRelation } from "./viewer-state.ts";
import type { WindowQuery } from "./window-read.ts";

/** A page; `watched` while a socket is open, and with the sessions that have ended lately. */
export type Watched<T> = T & { watched: boolean; ended: EndedSession[] };

export class HomeTimeline extends DurableObject<Env> {
  readonly #sessions: SessionEnds;
  readonly #sockets: Sockets;
  readonly #live: LivePages;
  readonly #state: StoredState<Timeline>;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, MIGRATIONS);
    const owner = ctx.id.name;
    if (owner === undefined) throw new Error("a home timeline is addressed by its user's id");
    this.#sessions = new SessionEnds(ctx.storage.sql, owner);
    this.#sockets = new Sockets(ctx, owner, this.#sessions);
    const maxEntries = Number(env.TIMELINE_MAX) || TIMELINE_MAX_DEFAULT;
    this.#state = new StoredState(
      ctx.storage,
      () => new Timeline(openStores(ctx.storage.sql), owner, maxEntries, () => Date.now()),
      (timeline) => timeline.view.forgetShown(),
    );
    const hub = new HubMembership(owner, ctx.storage.sql, env);
    this.#live = new LivePages(this.#sockets, hub, () => this.#timeline);
  }

  /** Applies changes from fan-out; answers once they are written. */
  deliver(changes: readonly Delivery[]): { status: "kept" } | Cold {
    const nowMs = Date.now();
    const watched = this.#sockets.count > 0;
    const delivered = this.#state.change((timeline) => timeline.deliver(changes, nowMs, watched));
    if (delivered.status === "cold") return delivered;
    this.#sockets.broadcast(delivered.frames, nowMs);
    return { status: "kept" };
  }

  /** The part of the window that a page needs. */
  readWindow(query: WindowQuery): Packed<Watched<WindowPage>> | Cold {
    this.#noteRead();
    return this.#pageWhenWarm((view) => view.read(query));
  }

  /** The most promising entries of the window, for the first page of a ranked scroll. */
  readShortlist(): Packed<Watched<Shortlist>> | Cold {
    this.#noteRead();
    return this.#pageWhenWarm((view) => view.shortlist(Date.now()));
  }

  /** Of the listed entries, those that are still shown, for further pages of a ranked scroll. */
  readListed(ids: readonly Id[], top: Id): Packed<Watched<WindowPage>> | Cold {
    return this.#pageWhenWarm((view) => view.readListed(ids, top));
  }

  /** The owner's engagement with posts and people. */
  rankingContext(posts: readonly PostId[], people: readonly UserId[]): RankingContext {
    return this.#timeline.view.rankingContext(posts, people);
  }

  /** What ranking needs of candidates from elsewhere, to rank them with those of the window. */
  readCandidateContext(posts: readonly PostId[], people: readonly UserId[]): CandidateContext {
    return this.#timeline.view.candidateContext(posts, people);
  }

  /** Everyone the owner follows, and whom of them they have muted, for pages below the horizon. */
  readFollowees(): { status: "warm"; followees: UserId[]; hidden: UserId[] } | Cold {
    if (!this.#timeline.warm) return COLD;
    const followees = this.#timeline.view.followees();
    const hidden = this.#timeline.stores.viewer.hiddenAmong(followees);
    return { status: "warm", followees, hidden };
  }

  /** Applies a follow edge; `horizon` is down to where the caller has to read for a backfill. */
  async setFollow(change: FollowChange): Promise<Applied | { status: "moot" }> {
    const applied = this.#state.change((timeline) => timeline.setFollow(change));
    if (applied.status === "moot") return applied;
    this.#broadcast(applied.frames);
    await this.#live.joinHub({ isNew: false });
    return { status: "applied", horizon: applied.horizon };
  }

  /** Begins an author's epoch; `horizon` is down to where the caller has to read for a refill. */
  async setEpoch(
    author: UserId,
    mode: PullMode,
    head: FeedHead | null = null,
  ): Promise<Applied | Cold | FeedBehind> {
    const watched = this.#sockets.count > 0;
    const answer = this.#state.change((timeline) =>
      timeline.setEpoch({ author, mode, head }, Date.now(), watched),
    );
    if (answer.status === "applied") await this.#live.joinHub({ isNew: false });
    return answer;
  }

  /** Merges the posts of an author who is pushed again. */
  refillAuthor(refill: AuthorRefill): void {
    this.#broadcast(this.#state.change((timeline) => timeline.refillAuthor(refill)));
  }

  /** Merges the posts of a newly followed author. */
  backfill(backfill: Backfill): void {
    this.#broadcast(this.#state.change((timeline) => timeline.backfill(backfill)));
  }

  /** Starts to buffer deliveries for a rebuild. @returns its token; null if the timeline is warm */
  beginRebuild(): string | null {
    return this.#timeline.beginRebuild(crypto.randomUUID());
  }

  /** Stores a part of the mutes and blocks that concern the owner; the last part is in the seed. */
  addRelations(token: string, relations: readonly OwnRelation[]): void {
    this.#state.change((timeline) => timeline.addRelations(token, relations));
  }

  /** Ends a rebuild. @returns false if it has to begin again */
  seed(seed: Seed): boolean {
    const frames = this.#state.change((timeline) => timeline.seed(seed, Date.now()));
    this.#broadcast(frames ?? []);
    return frames !== null;
  }

  /**
   * Makes the timeline cold, so that its next read rebuilds it.
   * @param newest the newest entry that the store has got meanwhile; a window that ends above it stays
   */
  forget(newest: Id | null = null): void {
    this.#broadcast(this.#state.change((timeline) => timeline.forget(newest)));
  }

  /** Closes the owner's sockets, and makes the timeline cold: the account may not read it any more. */
  close(): void {
    this.#sockets.closeAll();
    this.#state.change((timeline) => timeline.forget());
  }

  /** Deletes everything that is stored here. */
  async erase(): Promise<void> {
    this.#sockets.closeAll();
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
    migrate(this.ctx.storage, MIGRATIONS);
    this.#state.reload();
  }

  /**
   * Applies a reaction of the owner, which every page shows from now on.
   * @param context null if the first call may have failed
   * @returns the post's counts with it; null if only the post's counter knows them
   */
  setReaction(reaction: OwnReaction, context: ReactionContext | null): Counts | null {
    return this.#state.change((timeline) => timeline.setReaction(reaction, context, Date.now()));
  }

  /** Notes that the owner has replied to a post, or deleted a reply to it. */
  noteReply(parent: PostId): void {
    this.#state.change(({ stores }) => stores.viewer.noteReply(parent, Date.now()));
  }

  /** Those of some posts whose counts the owner has just changed. */
  ownChanges(posts: readonly PostId[]): OwnChanges {
    return this.#timeline.view.ownChanges(posts);
  }

  /** Applies a mute or block that concerns the owner. */
  setRelation(relation: OwnRelation): void {
    this.#broadcast(this.#state.change((timeline) => timeline.setRelation(relation)));
  }

  /** Stores what the store says of some posts: the owner has these reactions to them, no others. */
  rememberReactions(posts: readonly PostId[], reactions: readonly OwnReaction[]): void {
    this.#state.change(({ warm, stores }) => {
      if (warm) stores.viewer.rememberReactions(posts, reactions);
    });
  }

  /**
   * Records what the owner has seen, in one row.
   * @returns what the caller has to have folded, with traits from the store, so that the ring has
   * room again; and the reports that were folded and that the training log lacks
   */
  recordReport(id: Id, items: readonly Impression[]): RecordedReport {
    return this.#state.change(({ view, stores }) => {
      const inWindow = view.traitsOf(items.map((item) => item.postId));
      const fold = stores.engagement.recordImpressions({ id, items }, inWindow, Date.now());
      if (fold === null || fold.posts.length > 0) return { fold, toLog: null };
      return { fold: null, toLog: foldEngagement(stores, fold.to, new Map()) };
    });
  }

  /**
   * Folds the engagement up to an entry into the history.
   * @param traits of posts that the window did not hold
   * @returns the reports that the training log lacks
   */
  foldEngagement(to: number, traits: ReadonlyMap<PostId, PostTraits>): ReportsToLog | null {
    return this.#state.change(({ stores }) => foldEngagement(stores, to, traits));
  }

  /** The owner's reports of a time that the training log may lack. */
  reportsBetween(fromMs: number, toMs: number): LoggedReport[] {
    return this.#timeline.stores.engagement
      .reportsBetween(fromMs, toMs)
      .map(({ atMs, items }) => ({ atMs, items: [...items] }));
  }

  /** Admits a page to the training log. @returns null if the owner's hour is full */
  admitPage(atMs: number, bytes: number): Admission | null {
    return this.#state.change(({ stores }) => stores.logShare.admitPage(atMs, bytes, newViewerKey));
  }

  /** The key under which the training log names the owner. */
  logKey(): ViewerKey {
    return this.#state.change(({ stores }) => stores.logShare.key(newViewerKey));
  }

  /** Destroys that key. @returns it; null if there is none */
  destroyLogKey(): ViewerKey | null {
    return this.#state.change(({ stores }) => stores.logShare.destroyKey());
  }

  /** The owner's reactions to posts that are not in the window, and their relations to some users. */
  viewerReactions(
    posts: readonly PostId[],
    users: readonly UserId[],
  ): ViewerReactions & RelationsTo {
    const { view } = this.#timeline;
    return { ...view.viewerReactions(posts), ...view.relationsTo(users) };
  }

  /** The owner's sessions that have ended lately. */
  endedSessions(): EndedSession[] {
    return this.#sessions.recent(Date.now());
  }

  /** Notes that sessions have ended, and closes their sockets. */
  endSessions(ended: readonly EndedSession[]): void {
    this.#sessions.add(ended, Date.now());
    this.#sockets.closeEnded(Date.now());
  }

  /** Has the hub send the counts of posts on screen here. @returns the newest counts that it knows */
  watchCounts(posts: readonly PostId[]): Promise<Map<PostId, Counts>> {
    return this.#live.watchCounts(posts);
  }

  /** Shows what a hub has heard to open pages. @returns false if it is not needed any more */
  receive(hub: HubName, notices: MemberNotices): boolean {
    return this.#live.receive(hub, notices);
  }

  /**
   * The upgrade of a socket that the edge has authenticated: 101, 401 if its session has ended or its ticket
   * was used, 409 if the timeline is cold, or 429 if too many are open.
   */
  override async fetch(request: Request): Promise<Response> {
    const response = await this.#live.open(request);
    if (response.status === 101) this.ctx.waitUntil(this.#live.joinHub({ isNew: true }));
    return response;
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    this.#sockets.refuse(socket, message);
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    this.#sockets.answerClose(socket, code);
  }

  override async alarm(): Promise<void> {
    await this.#sockets.closeExpired(Date.now());
    await this.#live.joinHub({ isNew: false });
  }

  get #timeline(): Timeline {
    return this.#state.current;
  }

  /** Reads a page of a warm timeline. Nothing is written, so no transaction is begun. */
  #pageWhenWarm<T extends { entries: readonly Entry[] }>(
    work: (view: TimelineView) => T,
  ): Packed<Watched<T>> | Cold {
    if (!this.#timeline.warm) return COLD;
    const ended = this.endedSessions();
    return pack({ ...work(this.#timeline.view), watched: this.#sockets.count > 0, ended });
  }

  #noteRead(): void {
    const nowMs = Date.now();
    if (!this.#timeline.warm || !this.#timeline.isReadNews(nowMs)) return;
    this.#state.change((timeline) => timeline.noteRead(nowMs));
  }

  #broadcast(frames: readonly Frame[]): void {
    this.#sockets.broadcast(frames, Date.now());
  }
}
