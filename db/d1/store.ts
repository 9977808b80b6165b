/** The store on D1: as many shards as there are bindings `DB_0 … DB_n-1`. */
import type { Store } from "../store.ts";
import { d1Accounts } from "./accounts.ts";
import { d1EdgeLists } from "./edge-lists.ts";
import { d1Edges } from "./edges.ts";
import { d1DeadLetters, d1DueJobs, ownedOutbox } from "./outbox.ts";
import { d1Modes } from "./modes.ts";
import { d1OldReposts } from "./old-reposts.ts";
import { d1Posts } from "./posts.ts";
import { d1Publish } from "./publish.ts";
import { d1Reactions } from "./reactions.ts";
import { d1Recounts } from "./recounts.ts";
import { d1Recipients } from "./recipients.ts";
import { d1Relations } from "./relations.ts";
import { d1Replies } from "./replies.ts";
import { Shards } from "./shards.ts";

/** Makes the store over D1 bindings, in order of shard. */
export function d1Store(bindings: readonly D1Database[]): Store {
  const shards = new Shards(bindings);
  return {
    shards: shards.count,
    accounts: d1Accounts(shards),
    modes: d1Modes(shards),
    graph: { ...d1Edges(shards), ...d1EdgeLists(shards), ...d1Recipients(shards) },
    posts: { ...d1Publish(shards), ...d1Posts(shards), ...d1Replies(shards) },
    reactions: d1Reactions(shards),
    recounts: d1Recounts(shards),
    oldReposts: d1OldReposts(shards),
    relations: d1Relations(shards),
    outbox: ownedOutbox(shards),
    dueJobs: d1DueJobs(shards),
    deadLetters: d1DeadLetters(shards),
  };
}
