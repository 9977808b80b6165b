/** Shards of SQLite: where statements about an owner run. */
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import { idBucket, type Id, type UserId } from "../../feed/ids.ts";
import { BUCKETS } from "../../feed/limits.ts";
import { listName } from "../../feed/lists.ts";
import { attempts } from "./attempts.ts";

export type Shard = DrizzleD1Database;

/** A member of a long list: the list's name, and the member's bucket. */
export interface Member {
  list: string;
  bucket: number;
}

/**
 * Shards as far as statements about an owner need them: each runs in the shard of the owner's id, or where a list of
 * the owner has the rows of a member.
 */
export interface OwnerShards {
  /** Runs statements in the shard of an id. */
  at<T>(id: Id, work: (shard: Shard) => Promise<T>): Promise<T>;
  /** Groups items by the shard of each one's id, and runs statements once for each group. */
  byShard<T, R>(
    things: readonly T[],
    idOf: (thing: T) => Id,
    work: (shard: Shard, things: T[]) => Promise<R>,
  ): Promise<R[]>;
  /** Groups items by where each one's row of a list is, and runs statements once for each group. */
  byMember<T, R>(
    things: readonly T[],
    memberOf: (thing: T) => Member,
    work: (shard: Shard, things: T[]) => Promise<R>,
  ): Promise<R[]>;
  /** Runs statements wherever a list has members of a range of buckets. @returns answers in order of bucket */
  inSegments<R>(
    list: string,
    range: readonly [from: number, to: number],
    work: (shard: Shard) => Promise<R>,
  ): Promise<R[]>;
  /**
   * Collects up to `limit` items of a list's members of a range of buckets, in order of bucket.
   * @param work reads up to `left` items that are in one place
   */
  firstInSegments<R>(
    list: string,
    range: readonly [from: number, to: number],
    limit: number,
    work: (shard: Shard, left: number) => Promise<R[]>,
  ): Promise<R[]>;
}

/** Shards as far as work needs them that is done for one shard at a time. */
export interface NumberedShards extends Pick<OwnerShards, "byShard"> {
  /** Runs statements in one shard, by its number. */
  inShard<T>(index: number, work: (shard: Shard) => Promise<T>): Promise<T>;
}

/** The range of all buckets. */
export const ALL_BUCKETS = [0, BUCKETS - 1] as const;

/** An account's follower as a member of the list of its followers. */
export function followerIn(author: UserId, follower: UserId): Member {
  return { list: listName("followers", author), bucket: idBucket(follower) };
}

/** All databases, in order of binding, as the training data uses them: bucket b is in database b % n. */
export class Shards {
  readonly #bindings: readonly D1Database[];

  constructor(bindings: readonly D1Database[]) {
    if (bindings.length === 0) throw new Error("no D1 shard is bound: add DB_0 to wrangler.toml");
    this.#bindings = bindings;
  }

  get count(): number {
    return this.#bindings.length;
  }

  /** The number of the shard of an id. */
  indexOf(id: Id): number {
    return idBucket(id) % this.#bindings.length;
  }

  /** Runs statements in the shard of an id. */
  at<T>(id: Id, work: (shard: Shard) => Promise<T>): Promise<T> {
    return this.inShard(this.indexOf(id), work);
  }

  /** Runs statements in one shard. They must be safe to repeat, because a lost answer repeats them. */
  async inShard<T>(index: number, work: (shard: Shard) => Promise<T>): Promise<T> {
    const binding = this.#bindings[index];
    if (binding === undefined) throw new RangeError(`no shard ${index}`);
    return attempts(`shard ${index}`, () => {
      // A session, so that read replication can be switched on while these reads stay current.
      const session = binding.withSession("first-primary");
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- drizzle's type asks for a whole database, but it calls prepare and batch alone, which a session has
      return work(drizzle(session as unknown as D1Database));
    });
  }
}
