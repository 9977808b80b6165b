/**
 * Makes a training log from exported events (feed/export/events.ts): a line for each report of
 * impressions, with the facts of that time. Some facts are not in the events: the position of an item in
 * the scroll (the log has its place in the report), who had reposted it, and mutes and blocks. Counts,
 * velocities and followers start with the first event.
 */
import { NO_COUNTS, type PostBody } from "../../feed/timeline/entry.ts";
import type { Event } from "../../feed/export/events.ts";
import type { PostId, UserId } from "../../feed/ids.ts";
import { DWELL_MAX_MS } from "../../feed/limits.ts";
import { NO_VELOCITY, type Velocity, quicken } from "../../feed/counts/velocity.ts";
import { itemFacts } from "../../feed/rank/facts.ts";
import type { Did, LoggedItem, LogLine } from "../../feed/rank/training-log.ts";
import { type Kind, Reader } from "./reader.ts";

type Of<Type extends Event["type"]> = Extract<Event, { type: Type }>;

/** The log of events in any order, with repetitions. It keeps all events in memory. */
export function logOfEvents(events: Iterable<Event>): LogLine[] {
  const known = new Map([...events].map((event) => [event.id, event]));
  const log = new EventsLog();
  for (const event of [...known.values()].sort(inTime)) log.take(event);
  return log.lines;
}

/** Sorts by the time of the change, and within one millisecond by id. */
function inTime(a: Event, b: Event): number {
  return a.atMs - b.atMs || (a.id < b.id ? -1 : 1);
}

class EventsLog {
  readonly lines: LogLine[] = [];
  readonly #posts = new Map<PostId, PostBody>();
  readonly #velocities = new Map<PostId, Velocity>();
  readonly #followers = new Map<UserId, Set<UserId>>();
  readonly #readers = new Map<UserId, Reader>();

  take(event: Event): void {
    switch (event.type) {
      case "post":
        return this.#publish(event);
      case "edge":
        return this.#follow(event);
      case "reaction": {
        const kind = event.kind === "like" ? "liked" : "reposted";
        return this.#react(event.actor, event.post, kind, event.active, event.atMs);
      }
      case "impressions":
        return this.#look(event);
      case "delete":
      case "promotion":
        return undefined;
    }
  }

  #publish({ post: id, author, text, replyTo, atMs }: Of<"post">): void {
    const card = { id: author, handle: "", name: "", avatarUrl: null };
    this.#posts.set(id, { id, author: card, text, replyTo, counts: NO_COUNTS });
    if (replyTo !== null) this.#react(author, replyTo.id, "replied", true, atMs);
  }

  #follow({ follower, followee, following }: Of<"edge">): void {
    const followers = this.#followers.get(followee) ?? new Set();
    this.#followers.set(followee, followers);
    if (following) followers.add(follower);
    else followers.delete(follower);
  }

  #react(actor: UserId, id: PostId, kind: Kind, active: boolean, atMs: number): void {
    const post = this.#posts.get(id);
    if (post === undefined) return;
    const count = ({ liked: "likes", reposted: "reposts", replied: "replies" } as const)[kind];
    const change = active ? 1 : -1;
    const counts = { ...post.counts, [count]: Math.max(0, post.counts[count] + change) };
    this.#posts.set(id, { ...post, counts });
    this.#velocities.set(id, quicken(this.#velocities.get(id) ?? NO_VELOCITY, change, atMs));
    this.#reader(actor).react(id, kind, active, atMs);
  }

  #look({ id, viewer, items, atMs }: Of<"impressions">): void {
    const reader = this.#reader(viewer);
    const looks = new Map<PostId, Did>();
    for (const { postId, dwellMs = 0, opened = false } of items) {
      const before = looks.get(postId);
      looks.set(postId, {
        ...{ seen: true, liked: false, reposted: false, replied: false, hidden: false },
        opened: opened || before?.opened === true,
        dwellMs: Math.min(DWELL_MAX_MS, dwellMs + (before?.dwellMs ?? 0)),
      });
    }
    const logged: LoggedItem[] = [];
    for (const [post, did] of looks) {
      const body = this.#posts.get(post);
      if (body === undefined) continue;
      const facts = itemFacts({ id: post, by: null, post: body }, viewer, {
        ...reader.countsBefore(body, this.#velocities.get(post) ?? NO_VELOCITY, atMs),
        followers: this.#followers.get(body.author.id)?.size ?? null,
        seen: reader.seen(post),
        viewer: reader.reactions(post, atMs),
      });
      logged.push({ ...facts, position: logged.length, did });
    }
    if (logged.length === 0) return;
    this.lines.push({
      v: 1,
      page: id.split(".")[0] ?? id,
      atMs,
      order: "latest",
      model: null,
      viewer: reader.facts(logged.map(({ author }) => author)),
      items: logged,
    });
    for (const item of logged) reader.look(item, atMs);
  }

  #reader(viewer: UserId): Reader {
    const reader = this.#readers.get(viewer) ?? new Reader(viewer);
    this.#readers.set(viewer, reader);
    return reader;
  }
}
