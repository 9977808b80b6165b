/**
 * The store on Durable Objects: each account is a shard of its own, and has no neighbour that could fill or slow it.
 * Directories, one for each bucket, hold the handles and the dead letters, and list the accounts for recounts.
 */
import { sql } from "drizzle-orm";
import { d1EdgeLists } from "../d1/edge-lists.ts";
import { d1Edges } from "../d1/edges.ts";
import { d1Identities } from "../d1/identities.ts";
import { d1Imports } from "../d1/imports.ts";
import { d1Modes } from "../d1/modes.ts";
import { d1DeadLetters, ownedOutbox } from "../d1/outbox.ts";
import { d1Posts } from "../d1/posts.ts";
import { d1Publish } from "../d1/publish.ts";
import { d1Recipients } from "../d1/recipients.ts";
import { d1Relations } from "../d1/relations.ts";
import { d1Replies } from "../d1/replies.ts";
import { d1Sessions } from "../d1/sessions.ts";
import { BUCKETS } from "../../feed/limits.ts";
import { placeName } from "../../feed/placement.ts";
import type { PlaceStore, StorePlace } from "../places/place.ts";
import { objectAccounts } from "./accounts.ts";
import { objectLifecycle } from "./lifecycle.ts";
import { ObjectShards, type StoreObjects } from "./object-shards.ts";
import { objectAwakeFollowers } from "./recipients.ts";
import { objectReactions } from "./reactions.ts";
import { objectRecounts } from "./recounts.ts";

/** The objects of a namespace as a place of the store. */
export function objectPlace(objects: StoreObjects): StorePlace {
  return { name: placeName("objects", 0), store: storeIn(objects), holdings: null, mover: null };
}

function storeIn(objects: StoreObjects): PlaceStore {
  const shards = new ObjectShards(objects);
  return {
    shards: BUCKETS,
    accounts: objectAccounts(shards),
    sessions: d1Sessions(shards),
    identities: d1Identities(shards, shards.directories),
    lifecycle: objectLifecycle(shards),
    modes: d1Modes(shards),
    graph: {
      ...d1Edges(shards),
      ...d1EdgeLists(shards),
      ...d1Recipients(shards),
      ...objectAwakeFollowers(shards),
    },
    posts: { ...d1Publish(shards), ...d1Posts(shards), ...d1Replies(shards) },
    reactions: objectReactions(shards),
    recounts: objectRecounts(shards),
    oldReposts: null,
    relations: d1Relations(shards),
    imports: d1Imports(shards, { slots: shards.directories, counted: false }),
    outbox: ownedOutbox(shards),
    // An object sends its own due jobs again, from its alarm.
    dueJobs: null,
    deadLetters: d1DeadLetters(shards.directories, sql`true`),
  };
}
