/**
 * The owner's open pages: how a socket is opened without a gap, and how what the hub has heard reaches it.
 */
import { errorText } from "../../feed/error-text.ts";
import { datedChanges } from "../../feed/delivery/author-memory.ts";
import type { HubName } from "../../feed/delivery/hub-ring.ts";
import type {
  AuthorNews,
  JoinAnswer,
  MemberNotices,
  PulledChanges,
} from "../../feed/delivery/notices.ts";
import { DEFAULT_REGION, REGIONS } from "../../feed/delivery/regions.ts";
import type { PostId, UserId } from "../../feed/ids.ts";
import { LIVE_REJOIN_EVERY_MS, LIVE_REJOIN_RETRY_MS } from "../../feed/limits.ts";
import type { Counts } from "../../feed/timeline/entry.ts";
import { LIVE_REGION_HEADER } from "../../feed/timeline/live.ts";
import type { Frame } from "../../feed/wire.ts";
import type { HubMembership } from "./hub-membership.ts";
import { ShownNews } from "./shown-news.ts";
import { sinceOf, type Sockets } from "./sockets.ts";
import type { Timeline } from "./timeline.ts";

const COLD_STATUS = 409;

export class LivePages {
  readonly #sockets: Sockets;
  readonly #hub: HubMembership;
  readonly #timeline: () => Timeline;
  readonly #shown = new ShownNews();
  /** For each socket that is being opened, the news that have arrived meanwhile. */
  readonly #opening = new Set<PulledChanges>();

  /** @param timeline gives the timeline as it is now */
  constructor(sockets: Sockets, hub: HubMembership, timeline: () => Timeline) {
    this.#sockets = sockets;
    this.#hub = hub;
    this.#timeline = timeline;
  }

  /**
   * Opens a socket. One that comes back first gets what it missed, from the window and from the hub.
   * @returns 101, 409 if the timeline is cold, or 429 if too many are open
   */
  async open(request: Request): Promise<Response> {
    const { warm, seq } = this.#timeline();
    if (!warm) return new Response(null, { status: COLD_STATUS });
    const since = sinceOf(request);
    const region = request.headers.get(LIVE_REGION_HEADER);
    this.#hub.enter(REGIONS.find((one) => one === region) ?? DEFAULT_REGION);
    if (since === null) return await this.#sockets.upgrade(request, [{ type: "hello", seq }]);
    return await this.#missedSince(since, (missed) => {
      const now = this.#timeline();
      this.#noteVersions(missed ?? []);
      if (!now.warm) return new Response(null, { status: COLD_STATUS });
      const replayed = now.view.replay(since, missed);
      return this.#sockets.upgrade(request, [{ type: "hello", seq: now.seq }, ...replayed]);
    });
  }

  /** Shows a hub's notices to open pages. @returns false if no page is open */
  receive(hub: HubName, { news, counts, missed }: MemberNotices): boolean {
    if (!this.#hub.isFrom(hub)) return false;
    const nowMs = Date.now();
    for (const arrived of this.#opening) arrived.push(...news.map((one) => changesOf(one, nowMs)));
    const { warm } = this.#timeline();
    if (!warm || (this.#sockets.count === 0 && this.#opening.size === 0)) {
      this.#hub.leave();
      return false;
    }
    const frames: Frame[] = missed ? [{ type: "resync" }] : [];
    for (const one of news) frames.push(...this.#framesOf(one, nowMs));
    this.#hub.noteCounts(counts);
    for (const { post, counts: now } of counts) {
      frames.push({ type: "counts", postId: post, counts: now });
    }
    this.#sockets.broadcast(frames, nowMs);
    return true;
  }

  /**
   * Tells the hub of the pulled authors while a page is open, if they have changed or it is time to.
   * @param isNew whether the page has just been opened: then it has missed nothing if the hub is new to it
   */
  async joinHub({ isNew }: { isNew: boolean }): Promise<void> {
    const nowMs = Date.now();
    if (this.#sockets.count === 0 || !this.#timeline().warm) return;
    if (this.#hub.isDue(this.#pulled(), nowMs)) {
      const answer = await this.#tryToJoin(null, nowMs);
      if (answer !== null) this.#show(answer, isNew);
      if (answer === null || answer.failed) {
        await this.#sockets.wakeBy(nowMs + LIVE_REJOIN_RETRY_MS);
        return;
      }
    }
    await this.#sockets.wakeBy(nowMs + LIVE_REJOIN_EVERY_MS);
  }

  /** Has the hub send counts of posts that an open page shows. @returns the newest counts that it knows */
  async watchCounts(posts: readonly PostId[]): Promise<Map<PostId, Counts>> {
    if (this.#sockets.count === 0) return new Map();
    const counts = await this.#hub.watch(posts, Date.now());
    if (counts !== null) return counts;
    // The hub has lost the owner, so it needs the list of authors again, too.
    await this.joinHub({ isNew: false });
    return (await this.#hub.watch(posts, Date.now())) ?? new Map();
  }

  /** Shows changes that a page may lack when the hub begins to hear of their authors. */
  #show({ known, changes }: JoinAnswer, isNew: boolean): void {
    const nowMs = Date.now();
    if (!known && !isNew) this.#sockets.broadcast([{ type: "resync" }], nowMs);
    this.#noteVersions(changes ?? []);
    for (const { author, changes: all } of changes ?? []) {
      for (const [version, some] of Map.groupBy(all, (one) => one.version)) {
        const news = { author, version, after: null, changes: some.map(({ change }) => change) };
        this.#sockets.broadcast(this.#framesOf(news, nowMs), nowMs);
      }
    }
  }

  /** The frames of an author's news, unless open pages have them or the author is not pulled. */
  #framesOf(news: AuthorNews, nowMs: number): Frame[] {
    const { view, stores } = this.#timeline();
    const { author, changes, version } = news;
    stores.modes.noteVersion(author, version);
    if (!this.#shown.add(author, version, nowMs)) return [];
    return view.framesOfPulled(author, changes) ?? [];
  }

  /**
   * Joins the hub for a socket that is not open yet, and passes on what pulled authors have done since
   * the owner's last change. News that arrive until `open` has run are among it.
   * @param open opens the socket, at once; `missed` is null if the hub does not know all of it
   */
  async #missedSince<T>(since: number, open: (missed: PulledChanges | null) => T): Promise<T> {
    const arrived: PulledChanges = [];
    this.#opening.add(arrived);
    try {
      const joined = await this.#tryToJoin(since, Date.now());
      const changes = joined === null || joined.failed ? null : joined.changes;
      return open(changes === null ? null : [...changes, ...arrived]);
    } finally {
      this.#opening.delete(arrived);
    }
  }

  async #tryToJoin(sinceMs: number | null, nowMs: number): Promise<JoinAnswer | null> {
    try {
      return await this.#hub.join(() => this.#pulled(), { sinceMs, nowMs });
    } catch (error) {
      console.warn("a hub could not be joined", { error: errorText(error) });
      return null;
    }
  }

  #pulled(): UserId[] {
    return this.#timeline()
      .view.pulled()
      .map(({ author }) => author);
  }

  /** From now on pages have at least the versions that the hub has named. */
  #noteVersions(missed: PulledChanges): void {
    const { modes } = this.#timeline().stores;
    for (const { author, changes } of missed) {
      for (const { version } of changes) modes.noteVersion(author, version);
    }
  }
}

function changesOf(news: AuthorNews, atMs: number): PulledChanges[number] {
  return { author: news.author, changes: datedChanges({ atMs, news }) };
}
