/** The store on Upstash Redis: one database, or several. */
import type { Store } from "../store.ts";
import { upstashAccounts } from "./accounts.ts";
import type { Credentials } from "./database.ts";
import { Databases } from "./databases.ts";
import { upstashEdgeLists } from "./edge-lists.ts";
import { upstashEdges } from "./edges.ts";
import { upstashModes } from "./modes.ts";
import { upstashDeadLetters, upstashDueJobs, upstashOutbox } from "./outbox.ts";
import { upstashOldReposts } from "./old-reposts.ts";
import { upstashPosts, upstashReplies } from "./posts.ts";
import { upstashPublish } from "./publish.ts";
import { upstashReactions } from "./reactions.ts";
import { upstashRecipients } from "./recipients.ts";
import { upstashRecounts } from "./recounts.ts";
import { upstashRelations } from "./relations.ts";

/** Makes the store over databases, in order: rows of bucket b are in database b % n. */
export function upstashStore(credentials: readonly Credentials[]): Store {
  const databases = new Databases(credentials);
  return {
    shards: databases.all.length,
    accounts: upstashAccounts(databases),
    modes: upstashModes(databases),
    graph: {
      ...upstashEdges(databases),
      ...upstashEdgeLists(databases),
      ...upstashRecipients(databases),
    },
    posts: {
      ...upstashPublish(databases),
      ...upstashPosts(databases),
      ...upstashReplies(databases),
    },
    reactions: upstashReactions(databases),
    recounts: upstashRecounts(databases),
    oldReposts: upstashOldReposts(databases),
    relations: upstashRelations(databases),
    outbox: upstashOutbox(databases),
    dueJobs: upstashDueJobs(databases),
    deadLetters: upstashDeadLetters(databases),
  };
}
