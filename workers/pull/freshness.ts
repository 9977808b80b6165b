/** What an isolate knows of author feeds: it asks hubs, about each author at most once a second. */
import { errorText } from "../../feed/error-text.ts";
import { withinOr } from "../../durable-objects/within.ts";
import { FreshnessView } from "../../feed/delivery/freshness.ts";
import type { HubName } from "../../feed/delivery/hub-ring.ts";
import type { UserId } from "../../feed/ids.ts";

/** Asks a hub for the newest versions of author feeds; those that it does not vouch for are missing. */
export type ReadVersions = (
  hub: HubName,
  authors: readonly UserId[],
) => Promise<ReadonlyMap<UserId, number>>;

export class Freshness {
  readonly #readVersions: ReadVersions;
  readonly #nowMs: () => number;
  readonly #view = new FreshnessView();
  /** The questions under way, by author. */
  readonly #asking = new Map<UserId, Promise<void>>();

  constructor(readVersions: ReadVersions, nowMs: () => number) {
    this.#readVersions = readVersions;
    this.#nowMs = nowMs;
  }

  /**
   * The isolate's view, with what it can have learned about some authors by a deadline. It makes one call
   * at most. Another request's question about an author is waited for, unless an earlier answer can still
   * be trusted. An answer that comes after the deadline serves the next request.
   */
  async view(hub: HubName, authors: readonly UserId[], deadlineMs: number): Promise<FreshnessView> {
    const nowMs = this.#nowMs();
    const due = this.#view.due(authors, nowMs);
    const waits = new Set<Promise<void>>();
    for (const author of authors) {
      const asking = this.#asking.get(author);
      if (asking !== undefined && !this.#view.trusts(author, nowMs)) waits.add(asking);
    }
    if (due.length > 0) waits.add(this.#ask(hub, due, nowMs));
    if (waits.size > 0) {
      const milliseconds = Math.max(1, deadlineMs - nowMs);
      await withinOr(Promise.all(waits), { milliseconds }, []);
    }
    return this.#view;
  }

  async #ask(hub: HubName, authors: readonly UserId[], nowMs: number): Promise<void> {
    this.#view.noteAsked(authors, nowMs);
    const asked = this.#askHub(hub, authors, nowMs);
    for (const author of authors) this.#asking.set(author, asked);
    await asked;
    for (const author of authors) {
      if (this.#asking.get(author) === asked) this.#asking.delete(author);
    }
  }

  async #askHub(hub: HubName, authors: readonly UserId[], nowMs: number): Promise<void> {
    try {
      this.#view.apply(await this.#readVersions(hub, authors), nowMs);
    } catch (error) {
      console.warn("a hub does not answer", { hub, error: errorText(error) });
    }
  }
}
