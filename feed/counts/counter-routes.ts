/**
 * Which nodes of counters take tallies, as an isolate knows it. It begins at the root, and learns from the
 * answers where tallies have moved to.
 */
import { COUNTER_ROUTES_MAX } from "../limits.ts";
import type { PostId } from "../ids.ts";
import { childFor, depthOf, nodeAbove, type NodeName } from "./counter-node.ts";
import type { Tally } from "./tally.ts";

export class CounterRoutes {
  readonly #maxNodes: number;
  readonly #active = new Set<NodeName>();

  /** @param maxNodes with more the isolate forgets the oldest, and learns them again if it needs them */
  constructor(maxNodes = COUNTER_ROUTES_MAX) {
    this.#maxNodes = maxNodes;
  }

  /** Where the tallies of a post go: to the lowest node known that has their bucket. */
  nodesFor(post: PostId, tallies: readonly Tally[]): Map<NodeName, Tally[]> {
    return Map.groupBy(tallies, ({ bucket }) => {
      for (let node: NodeName = post; ;) {
        const below = `${node}/${childFor(depthOf(node), bucket)}`;
        if (!this.#active.has(below)) return node;
        node = below;
      }
    });
  }

  /** Notes that children of a node have some of its buckets. */
  noteMoved(node: NodeName, children: readonly number[]): void {
    for (const no of children) this.#active.add(`${node}/${no}`);
    for (const oldest of this.#active) {
      if (this.#active.size <= this.#maxNodes) return;
      this.#active.delete(oldest);
    }
  }

  /** Notes that a node takes no tallies: the one above knows more. */
  noteInactive(node: NodeName): void {
    if (nodeAbove(node) !== null) this.#active.delete(node);
  }
}
