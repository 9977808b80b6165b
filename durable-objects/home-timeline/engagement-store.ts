/**
 * The owner's engagement history: what they saw and what they did with it. It is stored nowhere
 * else, so a rebuild keeps it. It shares its row with `ViewerState`; its column is called
 * `attention`.
 */
import {
  type EngagementHistory,
  NO_HISTORY,
  type PostTraits,
  recordEngagement,
  recordImpressions,
} from "../../feed/rank/engagement-history.ts";
import type { Id, PostId, UserId } from "../../feed/ids.ts";
import type { Impression } from "../../feed/delivery/jobs.ts";
import type { EngagementDelta } from "../../feed/rank/engagement.ts";
import type { SeenBefore, ViewerFacts } from "../../feed/rank/facts.ts";
import { storedJson } from "../storage/stored-json.ts";
import type { OwnReaction } from "./viewer-state.ts";

/** A report of impressions, with the traits of its posts from the store; null if not read yet. */
export interface ImpressionReport {
  id: Id;
  items: readonly Impression[];
  traits: ReadonlyMap<PostId, PostTraits> | null;
}

export class EngagementStore {
  readonly #sql: SqlStorage;
  #history: EngagementHistory | null = null;
  #seen: ReadonlyMap<PostId, SeenBefore> | null = null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /**
   * Records a report, once however often it arrives.
   * @param inWindow traits of those of its posts that the window holds
   * @returns posts whose traits the caller has to read from the store first; none once it is
   * recorded
   */
  recordImpressions(
    { id, items, traits }: ImpressionReport,
    inWindow: ReadonlyMap<PostId, PostTraits>,
    nowMs: number,
  ): PostId[] {
    const missing = items.map((item) => item.postId).filter((post) => !inWindow.has(post));
    if (traits === null && missing.length > 0) return [...new Set(missing)];
    const traitsOf = (post: PostId) => inWindow.get(post) ?? traits?.get(post);
    this.#save(recordImpressions(this.#load(), { id, items }, traitsOf, nowMs));
    return [];
  }

  /** Records a reaction that the owner has just made or taken back. */
  recordReaction({ kind, active }: OwnReaction, traits: PostTraits, nowMs: number): void {
    const times = active ? 1 : -1;
    this.record(traits, kind === "like" ? { likes: times } : { reposts: times }, nowMs);
  }

  /** Records what the owner did with a post, beside seeing it. */
  record(traits: PostTraits, delta: EngagementDelta, nowMs: number): void {
    this.#save(recordEngagement(this.#load(), traits, delta, nowMs));
  }

  /** The owner's engagement overall, by kind of content, and by author. */
  facts(owner: UserId): ViewerFacts {
    const { overall, contents, authors } = this.#load();
    return { id: owner, overall, contents, authors: Object.fromEntries(authors) };
  }

  /** How the owner has seen a post before; null if they have not. */
  seen(post: PostId): SeenBefore | null {
    this.#seen ??= new Map(this.#load().posts);
    return this.#seen.get(post) ?? null;
  }

  #load(): EngagementHistory {
    if (this.#history !== null) return this.#history;
    const row = this.#sql.exec<{ attention: string }>("SELECT attention FROM viewer").toArray()[0];
    const stored = storedJson<Partial<EngagementHistory>>(row?.attention ?? "{}");
    this.#history = { ...NO_HISTORY, ...stored };
    return this.#history;
  }

  #save(history: EngagementHistory): void {
    this.#history = history;
    this.#seen = null;
    this.#sql.exec(
      `INSERT INTO viewer (id, known_from, attention) VALUES (0, '', ?)
       ON CONFLICT (id) DO UPDATE SET attention = excluded.attention`,
      JSON.stringify(history),
    );
  }
}
