/** One D1 database as a place of the store. */
import { placeName } from "../../feed/placement.ts";
import type { PlaceStore, StorePlace } from "../places/place.ts";
import { d1Accounts } from "./accounts.ts";
import { d1EdgeLists } from "./edge-lists.ts";
import { d1Edges } from "./edges.ts";
import { d1Identities } from "./identities.ts";
import { d1Imports } from "./imports.ts";
import { d1DeadLetters, d1DueJobs, ownedOutbox } from "./outbox.ts";
import { d1Lifecycle } from "./lifecycle.ts";
import { d1Modes } from "./modes.ts";
import { d1OldReposts } from "./old-reposts.ts";
import { d1Holdings } from "./place-holdings.ts";
import { d1Mover } from "./place-mover.ts";
import { PlaceShard } from "./place-shard.ts";
import { d1Posts } from "./posts.ts";
import { d1Publish } from "./publish.ts";
import { d1Reactions } from "./reactions.ts";
import { d1Recounts } from "./recounts.ts";
import { d1Recipients } from "./recipients.ts";
import { d1Relations } from "./relations.ts";
import { d1Replies } from "./replies.ts";
import { d1Sessions } from "./sessions.ts";

/** Makes the places of D1 bindings `DB_0 … DB_n-1`, in that order. */
export function d1Places(bindings: readonly D1Database[]): StorePlace[] {
  return bindings.map((binding, n) => {
    const name = placeName("d1", n);
    const shard = new PlaceShard(name, binding);
    return { name, store: storeIn(shard), holdings: d1Holdings(shard), mover: d1Mover(shard) };
  });
}

function storeIn(shard: PlaceShard): PlaceStore {
  return {
    shards: 1,
    accounts: d1Accounts(shard),
    sessions: d1Sessions(shard),
    identities: d1Identities(shard, shard),
    lifecycle: d1Lifecycle(shard),
    modes: d1Modes(shard),
    graph: { ...d1Edges(shard), ...d1EdgeLists(shard), ...d1Recipients(shard) },
    posts: { ...d1Publish(shard), ...d1Posts(shard), ...d1Replies(shard) },
    reactions: d1Reactions(shard),
    recounts: d1Recounts(shard),
    oldReposts: d1OldReposts(shard),
    relations: d1Relations(shard),
    imports: d1Imports(shard, { slots: shard, counted: true }),
    outbox: ownedOutbox(shard),
    dueJobs: d1DueJobs(shard),
    deadLetters: d1DeadLetters(shard),
  };
}
