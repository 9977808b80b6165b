/**
 * The store on objects as far as accounts own their rows. What concerns all rows, such as the sweep, an account does
 * for itself there; tests look into the objects instead.
 */
import { objectAccounts } from "../../db/objects/accounts.ts";
import { ObjectShards, type StoreObjects } from "../../db/objects/object-shards.ts";
import { objectReactions } from "../../db/objects/reactions.ts";
import { d1EdgeLists } from "../../db/d1/edge-lists.ts";
import { d1Edges } from "../../db/d1/edges.ts";
import { d1Modes } from "../../db/d1/modes.ts";
import { ownedOutbox } from "../../db/d1/outbox.ts";
import { d1Posts } from "../../db/d1/posts.ts";
import { d1Publish } from "../../db/d1/publish.ts";
import { d1Recipients } from "../../db/d1/recipients.ts";
import { d1Relations } from "../../db/d1/relations.ts";
import { d1Replies } from "../../db/d1/replies.ts";
import type { Store } from "../../db/store.ts";
import { jobsInObjects } from "./store-objects.ts";

const elsewhere = () => Promise.reject(new Error("no owner does this for all"));

export function ownedStore(objects: StoreObjects): Store {
  const shards = new ObjectShards(objects);
  return {
    shards: 1,
    accounts: objectAccounts(shards),
    modes: d1Modes(shards),
    graph: { ...d1Edges(shards), ...d1EdgeLists(shards), ...d1Recipients(shards) },
    posts: { ...d1Publish(shards), ...d1Posts(shards), ...d1Replies(shards) },
    reactions: objectReactions(shards),
    recounts: { recountReactions: elsewhere, recountReplies: elsewhere, talliesOf: elsewhere },
    oldReposts: { walk: elsewhere, setWalk: elsewhere, repostsFrom: elsewhere },
    relations: d1Relations(shards),
    outbox: ownedOutbox(shards),
    dueJobs: { takeDue: jobsInObjects, waiting: async () => (await jobsInObjects()).length },
    deadLetters: { keep: elsewhere, list: elsewhere, count: elsewhere, remove: elsewhere },
  };
}
