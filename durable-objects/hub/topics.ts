/**
 * The topics that a hub is attached to: author feeds, by what it remembers of them, and post counters. It
 * attaches itself at the hub above it in the topic's tree, or at the source. Attaching again is harmless,
 * so all of this is in memory: after a restart sources still send to the hub, and it asks again only about
 * what it is asked.
 */
import { errorText } from "../../feed/error-text.ts";
import { AuthorMemory } from "../../feed/delivery/author-memory.ts";
import { type HubName, parentOf } from "../../feed/delivery/hub-ring.ts";
import type {
  AuthorNews,
  AuthorSnapshot,
  PostCounts,
  PulledChanges,
} from "../../feed/delivery/notices.ts";
import type { Id, PostId, UserId } from "../../feed/ids.ts";
import {
  FRESHNESS_EVERY_MS,
  HUB_ASKED_KEPT_MS,
  HUB_ATTACH_MAX,
  LIVE_CALL_TIMEOUT_MS,
  LIVE_KEPT_MS,
  ON_SCREEN_MS,
} from "../../feed/limits.ts";
import { broadcast } from "../live/broadcast.ts";
import { hubStub, withRetries } from "../live/hub-calls.ts";

type Sources = Pick<Env, "HUB" | "AUTHOR_FEED" | "POST_COUNTER">;

/** When the hub attached itself to a post's counter, and the newest counts that it has heard of. */
interface AttachedPost {
  atMs: number;
  counts: PostCounts | null;
}

/** How often old news are looked for. */
const FORGET_EVERY_MS = LIVE_KEPT_MS / 15;

export class Topics {
  readonly #hub: HubName;
  readonly #env: Sources;
  readonly #memory = new AuthorMemory();
  /** Author feeds that are being asked: true once one has answered. */
  readonly #asking = new Map<UserId, Promise<boolean>>();
  readonly #failedMs = new Map<UserId, number>();
  /** When pages last asked about an author. */
  readonly #neededMs = new Map<UserId, number>();
  readonly #attachedPosts = new Map<PostId, AttachedPost>();
  #forgotMs = -Infinity;

  constructor(hub: HubName, env: Sources) {
    this.#hub = hub;
    this.#env = env;
  }

  /**
   * Asks about authors that the hub does not know, `HUB_ATTACH_MAX` of them at most.
   * @returns whether the hub hears of all of them from now on
   */
  async know(authors: readonly UserId[]): Promise<boolean> {
    const unknown = authors.filter((author) => this.#memory.versionOf(author) === null);
    let all = unknown.length <= HUB_ATTACH_MAX;
    await broadcast(unknown.slice(0, HUB_ATTACH_MAX), {
      call: (author) => this.#ask(author),
      onAnswer: (_, answered) => {
        if (!answered) all = false;
      },
      onFailure: () => undefined,
    });
    return all;
  }

  /** Notes that pages need the versions of authors. */
  need(authors: readonly UserId[], nowMs: number): void {
    for (const author of authors) this.#neededMs.set(author, nowMs);
  }

  /** Whether pages have needed an author lately, or the author feed is being asked. */
  isNeeded(author: UserId, nowMs: number): boolean {
    const neededMs = this.#neededMs.get(author) ?? -Infinity;
    return this.#asking.has(author) || nowMs - neededMs < HUB_ASKED_KEPT_MS;
  }

  /** The versions of those authors that the hub knows. */
  versionsOf(authors: readonly UserId[]): Map<UserId, number> {
    const versions = new Map<UserId, number>();
    for (const author of authors) {
      const version = this.#memory.versionOf(author);
      if (version !== null) versions.set(author, version);
    }
    return versions;
  }

  /**
   * Takes in news of an author.
   * @returns the news that followers lack, which are others if this hub had missed some; null if the hub
   * cannot know what they lack
   */
  async takeIn(news: AuthorNews): Promise<readonly AuthorNews[] | null> {
    const nowMs = Date.now();
    if (nowMs - this.#forgotMs >= FORGET_EVERY_MS) this.#forgetOld(nowMs);
    const known = this.#memory.versionOf(news.author);
    const heard = this.#memory.takeIn(news, nowMs);
    if (heard === "new") return [news];
    if (heard === "repeated" || known === null) return [];
    // Until it has asked, the hub vouches for nothing.
    this.#memory.forget(news.author);
    await this.#ask(news.author);
    return this.#memory.newsAfter(news.author, known);
  }

  /** What a hub below gets when it attaches itself. @throws if the author feed does not answer */
  async snapshot(author: UserId): Promise<AuthorSnapshot> {
    if (!(await this.know([author]))) throw new Error("the author feed does not answer");
    const unknown = { version: null, fromMs: Date.now(), news: [] };
    return this.#memory.snapshot(author) ?? unknown;
  }

  /** What authors have changed since a time; null if not all of it is known. */
  changesSince(authors: readonly UserId[], sinceMs: number, nowMs: number): PulledChanges | null {
    const all = authors.map((author) => ({
      author,
      changes: this.#memory.changesSince(author, sinceMs, nowMs),
    }));
    const known = all.flatMap(({ author, changes }) =>
      changes === null ? [] : [{ author, changes }],
    );
    return known.length === all.length ? known : null;
  }

  /** Ends hearing of an author or a post, whose source removes this hub. */
  leave(topic: Id): void {
    this.#memory.forget(topic);
    this.#neededMs.delete(topic);
    this.#attachedPosts.delete(topic);
  }

  /**
   * Attaches the hub to post counters.
   * @returns the counts that it has heard of
   * @throws if one does not answer, once all have had their turn
   */
  async watch(posts: readonly PostId[], nowMs: number): Promise<PostCounts[]> {
    const due = posts.filter(
      (post) => nowMs - (this.#attachedPosts.get(post)?.atMs ?? -Infinity) > ON_SCREEN_MS / 2,
    );
    const failures: unknown[] = [];
    await broadcast(due, {
      call: (post) => withRetries(() => this.#attachToPost(post), LIVE_CALL_TIMEOUT_MS),
      onAnswer: (post, counts) => {
        this.#attachedPosts.set(post, { atMs: nowMs, counts });
      },
      onFailure: (_, error) => failures.push(error),
    });
    if (failures.length > 0) throw failures[0];
    return posts.flatMap((post) => this.#attachedPosts.get(post)?.counts ?? []);
  }

  /** Remembers the newest counts of a post that the hub is attached to. */
  noteCounts(counts: PostCounts): void {
    const attached = this.#attachedPosts.get(counts.post);
    if (attached !== undefined) attached.counts = counts;
  }

  /** Asks about an author; concurrent callers share one question. @returns whether there was an answer */
  #ask(author: UserId): Promise<boolean> {
    const asking = this.#asking.get(author);
    if (asking !== undefined) return asking;
    if (Date.now() - (this.#failedMs.get(author) ?? -Infinity) < FRESHNESS_EVERY_MS) {
      return Promise.resolve(false);
    }
    const answered = this.#askOnce(author).finally(() => this.#asking.delete(author));
    this.#asking.set(author, answered);
    return answered;
  }

  async #askOnce(author: UserId): Promise<boolean> {
    this.#memory.beginAsking(author);
    try {
      const snapshot = await withRetries(() => this.#attachToAuthor(author), LIVE_CALL_TIMEOUT_MS);
      this.#memory.endAsking(author, snapshot, Date.now());
      this.#failedMs.delete(author);
      return true;
    } catch (error) {
      console.warn("a hub could not attach itself", { author, error: errorText(error) });
      this.#memory.endAsking(author, null, Date.now());
      this.#failedMs.set(author, Date.now());
      return false;
    }
  }

  async #attachToAuthor(author: UserId): Promise<AuthorSnapshot> {
    const above = parentOf(this.#hub, author);
    return above === null
      ? await this.#env.AUTHOR_FEED.getByName(author).attachHub(this.#hub)
      : await hubStub(this.#env, above).attachToAuthor(this.#hub, author);
  }

  async #attachToPost(post: PostId): Promise<PostCounts | null> {
    const above = parentOf(this.#hub, post);
    return above === null
      ? await this.#env.POST_COUNTER.getByName(post).attachHub(this.#hub)
      : await hubStub(this.#env, above).attachToPost(this.#hub, post);
  }

  #forgetOld(nowMs: number): void {
    this.#forgotMs = nowMs;
    this.#memory.forgetBefore(nowMs - LIVE_KEPT_MS);
    for (const [author, neededMs] of this.#neededMs) {
      if (nowMs - neededMs > HUB_ASKED_KEPT_MS) this.#neededMs.delete(author);
    }
    for (const [author, failedMs] of this.#failedMs) {
      if (nowMs - failedMs > FRESHNESS_EVERY_MS) this.#failedMs.delete(author);
    }
    for (const [post, { atMs }] of this.#attachedPosts) {
      if (nowMs - atMs > ON_SCREEN_MS) this.#attachedPosts.delete(post);
    }
  }
}
