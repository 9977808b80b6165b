/**
 * The place of an open timeline in its hub, which hears for it of the authors its owner pulls and of the
 * posts on its pages. The name of the hub is stored, so that an evicted timeline knows whom to listen to;
 * what was last sent to the hub is in memory, and losing it costs a call.
 */
import { hubOf, type HubName, hubsPerRegion, regionOfHub } from "../../feed/delivery/hub-ring.ts";
import type { JoinAnswer, PostCounts } from "../../feed/delivery/notices.ts";
import type { Region } from "../../feed/delivery/regions.ts";
import type { PostId, UserId } from "../../feed/ids.ts";
import type { Counts } from "../../feed/timeline/entry.ts";
import {
  HUB_CALL_TIMEOUT_MS,
  LIVE_CALL_TIMEOUT_MS,
  LIVE_REJOIN_EVERY_MS,
  ON_SCREEN_MS,
} from "../../feed/limits.ts";
import { hubStub } from "../live/hub-calls.ts";
import { within } from "../within.ts";

/** The table: one row, with the hub and, while the owner moves, the one before it. */
export const HUB_SQL = `CREATE TABLE hub (
  id INTEGER PRIMARY KEY CHECK (id = 0),
  name TEXT NOT NULL,
  moved_from TEXT
)`;

/** Where the timeline has its place. */
interface Place {
  name: HubName;
  movedFrom: HubName | null;
}

export class HubMembership {
  readonly #owner: UserId;
  readonly #sql: SqlStorage;
  readonly #env: Pick<Env, "HUB" | "HUBS_PER_REGION">;
  #place: Place | null;
  /** The authors last sent to the hub, and the time; null if unknown. */
  #joined: { authors: string; atMs: number } | null = null;
  /** Posts on screen: when each was last sent to the hub, and the newest counts that it has sent. */
  readonly #watched = new Map<PostId, { atMs: number; counts: Counts | null }>();
  /** Calls of the hub, one after the other. */
  #calls: Promise<unknown> = Promise.resolve();

  constructor(owner: UserId, sql: SqlStorage, env: Pick<Env, "HUB" | "HUBS_PER_REGION">) {
    this.#owner = owner;
    this.#sql = sql;
    this.#env = env;
    const [row] = sql
      .exec<{ name: string; moved_from: string | null }>("SELECT name, moved_from FROM hub")
      .toArray();
    this.#place = row === undefined ? null : { name: row.name, movedFrom: row.moved_from };
  }

  /** Whether a hub is the owner's, or was until it moves to another one. */
  isFrom(hub: HubName): boolean {
    return this.#place?.name === hub || this.#place?.movedFrom === hub;
  }

  /** Chooses the hub of the region where a page is opened. */
  enter(region: Region): void {
    const { name, movedFrom } = this.#place ?? { name: null, movedFrom: null };
    const wanted = hubOf(region, hubsPerRegion(this.#env.HUBS_PER_REGION), this.#owner);
    if (name === wanted) return;
    // One move at a time: the hub before the last one still knows the owner.
    this.#setPlace({ name: wanted, movedFrom: movedFrom ?? name });
  }

  /** Whether a call of the hub is due: for new authors, for a move, or to renew the place. */
  isDue(authors: readonly UserId[], nowMs: number): boolean {
    if (this.#place === null) return false;
    this.enter(regionOfHub(this.#place.name));
    if (this.#joined === null || this.#place.movedFrom !== null) return true;
    return (
      this.#joined.authors !== textOf(authors) || nowMs - this.#joined.atMs > LIVE_REJOIN_EVERY_MS
    );
  }

  /**
   * Sends the hub the list of pulled authors. Calls run one after the other, so the last list wins.
   * @param authors gives the list when the call is made
   * @returns null if nothing is open
   * @throws if the hub does not answer
   */
  join(
    authors: () => readonly UserId[],
    { sinceMs, nowMs }: { sinceMs: number | null; nowMs: number },
  ): Promise<JoinAnswer | null> {
    const joined = this.#calls.then(async () => {
      const place = this.#place;
      const wanted = authors();
      if (place === null) return null;
      if (sinceMs === null && !this.isDue(wanted, nowMs)) {
        return { known: true, changes: [], failed: false };
      }
      const request = { authors: wanted, sinceMs, movedFrom: place.movedFrom };
      const answer = await within(
        (async () => await hubStub(this.#env, place.name).join(this.#owner, request))(),
        // A socket does not wait long: it opens without the missed changes, and gets `resync`.
        { milliseconds: sinceMs === null ? HUB_CALL_TIMEOUT_MS : LIVE_CALL_TIMEOUT_MS },
      );
      if (!answer.failed) {
        this.#joined = { authors: textOf(wanted), atMs: nowMs };
        if (this.#place === place && place.movedFrom !== null) {
          this.#setPlace({ ...place, movedFrom: null });
        }
      }
      return answer;
    });
    this.#calls = joined.catch(() => undefined);
    return joined;
  }

  /**
   * Sends the hub the posts that are on screen, unless it got them lately.
   * @returns the newest counts that are known here; null if the hub does not know the owner
   */
  async watch(posts: readonly PostId[], nowMs: number): Promise<Map<PostId, Counts> | null> {
    await this.#calls;
    for (const [post, { atMs }] of this.#watched) {
      if (nowMs - atMs > ON_SCREEN_MS / 2) this.#watched.delete(post);
    }
    const missing = posts.filter((post) => !this.#watched.has(post));
    if (missing.length === 0) return this.#countsOf(posts);
    if (this.#place === null) return null;
    // Noted before the call, so that a second page does not repeat it meanwhile.
    for (const post of missing) this.#watched.set(post, { atMs: nowMs, counts: null });
    try {
      const counts = await hubStub(this.#env, this.#place.name).watch(this.#owner, missing);
      if (counts !== null) {
        this.noteCounts(counts);
        return this.#countsOf(posts);
      }
    } catch (error) {
      this.forgetScreen(missing);
      throw error;
    }
    this.forgetScreen(missing);
    this.#joined = null;
    return null;
  }

  /** Remembers the newest counts of posts on screen, for the next page that shows them. */
  noteCounts(all: readonly PostCounts[]): void {
    for (const { post, counts } of all) {
      const watched = this.#watched.get(post);
      if (watched !== undefined) watched.counts = counts;
    }
  }

  #countsOf(posts: readonly PostId[]): Map<PostId, Counts> {
    const all = new Map<PostId, Counts>();
    for (const post of posts) {
      const counts = this.#watched.get(post)?.counts ?? null;
      if (counts !== null) all.set(post, counts);
    }
    return all;
  }

  /** Forgets which posts on screen the hub has. @param posts all of them, if not given */
  forgetScreen(posts: readonly PostId[] = [...this.#watched.keys()]): void {
    for (const post of posts) this.#watched.delete(post);
  }

  /** Notes that the hub is about to remove the owner. */
  leave(): void {
    this.#joined = null;
    this.#watched.clear();
  }

  #setPlace(place: Place): void {
    this.#place = place;
    this.#joined = null;
    this.#sql.exec(
      `INSERT INTO hub (id, name, moved_from) VALUES (0, ?, ?)
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, moved_from = excluded.moved_from`,
      place.name,
      place.movedFrom,
    );
  }
}

function textOf(authors: readonly UserId[]): string {
  return authors.toSorted().join();
}
