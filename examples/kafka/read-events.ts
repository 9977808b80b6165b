/**
 * Reads Skein's export from Kafka, and prints how many posts, likes and reposts each account has made:
 *
 *   kcat -C -b kafka-1:9092 -t skein-events -o beginning -e -q -f '%k\t%s\n' | node read-events.ts
 *
 * A record's key is the account that owns the event, and an account's events keep their order. An event
 * may come more than once, always with the same id.
 */
import { createInterface } from "node:readline";

/** What this reader needs of an event; others have more. */
interface Event {
  v: 1;
  id: string;
  type: "post" | "delete" | "edge" | "reaction" | "impressions" | "promotion";
  kind?: "like" | "repost";
  active?: boolean;
}

const seen = new Set<string>();
const counts = new Map<string, { posts: number; likes: number; reposts: number }>();

for await (const line of createInterface({ input: process.stdin })) {
  const tab = line.indexOf("\t");
  const owner = line.slice(0, tab);
  const event = JSON.parse(line.slice(tab + 1)) as Event;
  if (seen.has(event.id)) continue;
  seen.add(event.id);
  const own = counts.get(owner) ?? { posts: 0, likes: 0, reposts: 0 };
  if (event.type === "post") own.posts++;
  if (event.type === "delete") own.posts--;
  if (event.type === "reaction") {
    own[event.kind === "repost" ? "reposts" : "likes"] += event.active ? 1 : -1;
  }
  counts.set(owner, own);
}

for (const [owner, { posts, likes, reposts }] of counts) {
  console.log(`${owner}  ${posts} posts  ${likes} likes  ${reposts} reposts`);
}
