/** The store on D1: as many shards as there are bindings `DB_0 … DB_n-1`. */
import type { Store } from "../store.ts";
import { d1Accounts } from "./accounts.ts";
import { d1Graph } from "./graph.ts";
import { d1DeadLetters, d1Outbox } from "./outbox.ts";
import { d1Posts } from "./posts.ts";
import { Shards } from "./shards.ts";

/** Makes the store over D1 bindings, in order of shard. */
export function d1Store(bindings: readonly D1Database[]): Store {
  const shards = new Shards(bindings);
  return {
    accounts: d1Accounts(shards),
    graph: d1Graph(shards),
    posts: d1Posts(shards),
    outbox: d1Outbox(shards),
    deadLetters: d1DeadLetters(shards),
  };
}
