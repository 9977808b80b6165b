/**
 * The owner's open pages: how a socket is opened without a gap, and how the news of pulled authors reach
 * it.
 */
import type { LiveNews } from "../live/live-node.ts";
import type { LiveMembership, PulledChanges } from "./live-membership.ts";
import { sinceOf, type Sockets } from "./sockets.ts";
import type { Timeline } from "./timeline.ts";

const COLD_STATUS = 409;

export class LivePages {
  readonly #sockets: Sockets;
  readonly #trees: LiveMembership;
  readonly #timeline: () => Timeline;

  /** @param timeline gives the timeline as it is now */
  constructor(sockets: Sockets, trees: LiveMembership, timeline: () => Timeline) {
    this.#sockets = sockets;
    this.#trees = trees;
    this.#timeline = timeline;
  }

  /**
   * Opens a socket. One that comes back first gets what it missed, from the window and from the live
   * trees of pulled authors.
   * @returns 101, 409 if the timeline is cold, or 429 if too many are open
   */
  async open(request: Request): Promise<Response> {
    const { warm, view, stores, seq } = this.#timeline();
    if (!warm) return new Response(null, { status: COLD_STATUS });
    const since = sinceOf(request);
    if (since === null) return await this.#sockets.upgrade(request, [{ type: "hello", seq }]);
    const authors = view.pulled().map(({ author }) => author);
    const span = { modes: stores.modes, sinceMs: since, nowMs: Date.now() };
    return await this.#trees.joinBefore(authors, span, (missed) => {
      const now = this.#timeline();
      this.#noteVersions(missed ?? []);
      if (!now.warm) return new Response(null, { status: COLD_STATUS });
      const replayed = now.view.replay(since, missed);
      return this.#sockets.upgrade(request, [{ type: "hello", seq: now.seq }, ...replayed]);
    });
  }

  /** Shows news of pulled authors to open pages. @returns false if it needs no more of them */
  receiveNews(news: readonly LiveNews[]): boolean {
    const nowMs = Date.now();
    this.#trees.keepForOpening(news, nowMs);
    const { warm, view, stores } = this.#timeline();
    const isOpen = warm && (this.#sockets.count > 0 || this.#trees.isOpening);
    const wanted = news.map(({ author, changes, version = 0 }) => {
      stores.modes.noteVersion(author, version);
      const frames = isOpen ? view.framesOfPulled(author, changes) : null;
      if (frames === null) this.#trees.forget(author);
      else this.#sockets.broadcast(frames, nowMs);
      return frames !== null;
    });
    return wanted.includes(true);
  }

  /**
   * Joins the live trees of pulled authors while a page is open, and shows their changes of just before
   * to open pages.
   */
  async joinTrees(): Promise<void> {
    const { warm, view, stores } = this.#timeline();
    if (this.#sockets.count === 0 || !warm) return;
    const authors = view.pulled().map(({ author }) => author);
    const joined = await this.#trees.join(authors, stores.modes, Date.now());
    this.#noteVersions(joined.missed);
    for (const { author, changes } of joined.missed) {
      const missed = changes.map(({ change }) => change);
      const frames = this.#timeline().view.framesOfPulled(author, missed);
      this.#sockets.broadcast(frames ?? [], Date.now());
    }
    if (joined.rejoinAtMs !== null) await this.#sockets.wakeBy(joined.rejoinAtMs);
  }

  /** From now on pages have at least what the live trees told. */
  #noteVersions(missed: PulledChanges): void {
    const { modes } = this.#timeline().stores;
    for (const { author, changes } of missed) {
      for (const { version = 0 } of changes) modes.noteVersion(author, version);
    }
  }
}
