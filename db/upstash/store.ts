/** One Redis database at Upstash as a place of the store. */
import { placeName } from "../../feed/placement.ts";
import type { PlaceStore, StorePlace } from "../places/place.ts";
import { upstashAccounts } from "./accounts.ts";
import { type Credentials, Database } from "./database.ts";
import { PlaceScripts } from "./databases.ts";
import { upstashEdgeLists } from "./edge-lists.ts";
import { upstashEdges } from "./edges.ts";
import { upstashIdentities } from "./identities.ts";
import { upstashLifecycle } from "./lifecycle.ts";
import { upstashImports } from "./imports.ts";
import { upstashModes } from "./modes.ts";
import { upstashOldReposts } from "./old-reposts.ts";
import { upstashDeadLetters, upstashDueJobs, upstashOutbox } from "./outbox.ts";
import { upstashHoldings } from "./place-holdings.ts";
import { upstashMover } from "./place-mover.ts";
import { upstashPosts, upstashReplies } from "./posts.ts";
import { upstashPublish } from "./publish.ts";
import { upstashReactions } from "./reactions.ts";
import { upstashRecipients } from "./recipients.ts";
import { upstashRecounts } from "./recounts.ts";
import { upstashRelations } from "./relations.ts";
import { upstashSessions } from "./sessions.ts";

/** Makes the places of databases, in that order. */
export function upstashPlaces(
  credentials: readonly Credentials[],
  nowMs: () => number,
): StorePlace[] {
  return credentials.map((one, n) => {
    const database = new Database(one);
    return {
      name: placeName("upstash", n),
      store: storeIn(new PlaceScripts(database)),
      holdings: upstashHoldings(database),
      mover: upstashMover(database, nowMs),
    };
  });
}

function storeIn(scripts: PlaceScripts): PlaceStore {
  return {
    shards: 1,
    accounts: upstashAccounts(scripts),
    sessions: upstashSessions(scripts),
    identities: upstashIdentities(scripts),
    lifecycle: upstashLifecycle(scripts),
    modes: upstashModes(scripts),
    graph: {
      ...upstashEdges(scripts),
      ...upstashEdgeLists(scripts),
      ...upstashRecipients(scripts),
    },
    posts: { ...upstashPublish(scripts), ...upstashPosts(scripts), ...upstashReplies(scripts) },
    reactions: upstashReactions(scripts),
    recounts: upstashRecounts(scripts),
    oldReposts: upstashOldReposts(scripts),
    relations: upstashRelations(scripts),
    imports: upstashImports(scripts),
    outbox: upstashOutbox(scripts),
    dueJobs: upstashDueJobs(scripts),
    deadLetters: upstashDeadLetters(scripts),
  };
}
