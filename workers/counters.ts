/** Calls of posts' counters, each of which may be many objects. */
import pMap from "p-map";
import { type CounterStub, type Objects, ObjectUnavailable } from "../durable-objects/objects.ts";
import type { NodeName } from "../feed/counts/counter-node.ts";
import { CounterRoutes } from "../feed/counts/counter-routes.ts";
import { type NewerTallies, type PartOfTallies, type Tally } from "../feed/counts/tally.ts";
import type { PostId } from "../feed/ids.ts";
import { COUNTER_RETRY_MS, COUNTER_ROUTE_ATTEMPTS, FANOUT_CONCURRENCY } from "../feed/limits.ts";
import { type Card, type Counts, NO_COUNTS } from "../feed/timeline/entry.ts";

export class Counters {
  readonly #objects: Pick<Objects<CounterStub>, "call">;
  readonly #routes = new CounterRoutes();

  constructor(objects: Pick<Objects<CounterStub>, "call">) {
    this.#objects = objects;
  }

  /**
   * Sends tallies to the nodes that have their buckets.
   * @returns the counts, with those tallies if they are of one bucket
   * @throws ObjectUnavailable
   */
  async apply(post: PostId, { buckets, replies }: PartOfTallies): Promise<Counts> {
    let counts = NO_COUNTS;
    let left: readonly Tally[] = buckets;
    let withReplies = replies;
    for (let attempt = 0; attempt < COUNTER_ROUTE_ATTEMPTS; attempt++) {
      const parts = this.#routes.nodesFor(post, left);
      if (parts.size === 0 || withReplies !== null) parts.set(post, parts.get(post) ?? []);
      const ofRoot = withReplies;
      withReplies = null;
      const waits: Tally[][] = [];
      let isMoving = false;
      await pMap(
        parts,
        async ([node, some]) => {
          const part = { buckets: some, replies: node === post ? ofRoot : null };
          const answer = await this.#objects.call(
            node,
            async (one) => await one.applyTallies(part),
          );
          if (answer.status === "inactive") {
            this.#routes.noteInactive(node);
            waits.push(some);
            isMoving = true;
            return;
          }
          counts = answer.counts;
          if (answer.moved.length === 0) return;
          this.#routes.noteMoved(node, answer.moved);
          waits.push(this.#movedOf(post, node, some));
        },
        { concurrency: FANOUT_CONCURRENCY },
      );
      left = waits.flat();
      if (left.length === 0) return counts;
      if (isMoving) await new Promise((resolve) => setTimeout(resolve, COUNTER_RETRY_MS));
    }
    throw new ObjectUnavailable(`counter ${post}: tallies found no place`);
  }

  /** Compares recounted tallies with a counter's own. @throws ObjectUnavailable */
  correct(post: PostId, recounted: PartOfTallies, outdone: NewerTallies) {
    return this.#objects.call(post, (counter) => counter.correctBuckets(recounted, outdone));
  }

  /** Publishes an author's new card beside the counts of a post. @throws ObjectUnavailable */
  noteAuthor(post: PostId, card: Card): Promise<void> {
    return this.#objects.call(post, (counter) => counter.noteAuthor(card));
  }

  /** Those of some tallies that a node has not taken, because it is not theirs any more. */
  #movedOf(post: PostId, node: NodeName, tallies: readonly Tally[]): Tally[] {
    const parts = this.#routes.nodesFor(post, tallies);
    return [...parts].flatMap(([at, some]) => (at === node ? [] : some));
  }
}
