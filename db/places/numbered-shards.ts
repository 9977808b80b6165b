/** What concerns all rows of a shard, for shards that are numbered through all places. */
import type { Id } from "../../feed/ids.ts";
import { type DeadLetterStore, type Store, StoreUnavailable } from "../store.ts";
import { Moved, type PlaceStore } from "./place.ts";
import type { Router } from "./router.ts";

const idOf = ({ id }: { id: Id }): Id => id;

/** A place where no walk through old reposts is needed has ended it. */
const WALKED = { passes: Infinity, position: null, dueMs: 0 };

export function numberedShards(
  router: Router,
): Pick<Store, "shards" | "recounts" | "oldReposts" | "dueJobs" | "deadLetters"> {
  const stores = router.places.map(({ store }) => store);
  /** Runs work in one shard of one place. @throws StoreUnavailable if a bucket moves meanwhile */
  async function inShard<T>(
    shard: number,
    work: (store: PlaceStore, shard: number) => Promise<T>,
  ): Promise<T> {
    let left = shard;
    for (const store of stores) {
      if (left < store.shards) {
        return work(store, left).catch((error: unknown) => {
          if (!(error instanceof Moved)) throw error;
          throw new StoreUnavailable(error.message, { cause: error });
        });
      }
      left -= store.shards;
    }
    throw new RangeError(`no shard ${shard}`);
  }

  return {
    shards: stores.reduce((sum, { shards }) => sum + shards, 0),
    recounts: {
      recountReactions: (shard, position, limit) =>
        inShard(shard, ({ recounts }, n) => recounts.recountReactions(n, position, limit)),
      recountReplies: (shard, position, limit) =>
        inShard(shard, ({ recounts }, n) => recounts.recountReplies(n, position, limit)),
      talliesOf: async (keys) => {
        const found = await router.eachBucket(
          keys,
          ({ bucket }) => bucket,
          ({ recounts }, some) => recounts.talliesOf(some),
        );
        return found.flat();
      },
    },
    oldReposts: stores.every(({ oldReposts }) => oldReposts === null)
      ? null
      : {
          walk: (shard) =>
            inShard(shard, async ({ oldReposts }, n) =>
              oldReposts === null ? WALKED : oldReposts.walk(n),
            ),
          setWalk: (shard, walk) =>
            inShard(shard, async ({ oldReposts }, n) => oldReposts?.setWalk(n, walk)),
          repostsFrom: (shard, position, limit) =>
            inShard(shard, async ({ oldReposts }, n) =>
              oldReposts === null
                ? { reposts: [], next: null }
                : oldReposts.repostsFrom(n, position, limit),
            ),
        },
    dueJobs: stores.every(({ dueJobs }) => dueJobs === null)
      ? null
      : {
          takeDue: (shard, ...more) =>
            inShard(shard, async ({ dueJobs }, n) => dueJobs?.takeDue(n, ...more) ?? []),
          waiting: (shard) => inShard(shard, async ({ dueJobs }, n) => dueJobs?.waiting(n) ?? 0),
        },
    deadLetters: lettersIn(router, inShard),
  };
}

type InShard = <T>(
  shard: number,
  work: (store: PlaceStore, shard: number) => Promise<T>,
) => Promise<T>;

function lettersIn(router: Router, inShard: InShard): DeadLetterStore {
  return {
    keep: async (letters) =>
      void (await router.each(letters, idOf, ({ deadLetters }, some) => deadLetters.keep(some))),
    list: (shard, after, limit) =>
      inShard(shard, ({ deadLetters }, n) => deadLetters.list(n, after, limit)),
    count: (shard) => inShard(shard, ({ deadLetters }, n) => deadLetters.count(n)),
    remove: async (ids) =>
      void (await router.each(
        ids,
        (id) => id,
        ({ deadLetters }, some) => deadLetters.remove(some),
      )),
  };
}
