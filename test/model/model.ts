/**
 * A naive model of what Skein promises. It holds all data in maps, and computes each timeline from all
 * posts.
 */
import type { ImportLine, ImportReport } from "../../feed/wire-import.ts";
import type { TimelineItem } from "../../feed/wire.ts";

/** A post that exists or was deleted. Accounts are named by their handles. */
export interface ModelPost {
  id: string;
  author: string;
  text: string;
  replyTo: { id: string; author: string } | null;
}

/** The part of a timeline item that the model predicts. */
export interface Item {
  id: string;
  reason: TimelineItem["reason"]["kind"];
  author: string;
  text: string;
  replyTo: string | null;
}

/** What a read may show while messages are on their way. */
export interface Tolerance {
  /** The items that a read may show, newest first. */
  possible: Item[];
  /** The ids of items that a read must show. */
  required: Set<string>;
}

export class Model {
  readonly posts = new Map<string, ModelPost>();
  /** Ids of posts that ever had a reply. */
  readonly answered = new Set<string>();
  readonly #follows = new Map<string, Set<string>>();
  /** New and deleted posts whose messages may not have reached every follower. */
  readonly #unsettled = new Map<string, ModelPost>();

  get handles(): string[] {
    return [...this.#follows.keys()];
  }

  join(handle: string): void {
    if (!this.#follows.has(handle)) this.#follows.set(handle, new Set());
  }

  follow(follower: string, followee: string, following: boolean): void {
    if (following) this.#followedBy(follower).add(followee);
    else this.#followedBy(follower).delete(followee);
  }

  follows(follower: string, followee: string): boolean {
    return this.#followedBy(follower).has(followee);
  }

  followees(follower: string): string[] {
    return [...this.#followedBy(follower)];
  }

  publish(post: ModelPost): void {
    this.posts.set(post.id, post);
    this.#unsettled.set(post.id, post);
    if (post.replyTo !== null) this.answered.add(post.replyTo.id);
  }

  remove(id: string): void {
    const post = this.posts.get(id);
    if (post === undefined) throw new Error(`the model has no post ${id}`);
    this.posts.delete(id);
    this.#unsettled.set(id, post);
  }

  /** Imports lines, users before follows. @returns the report that Skein must give */
  import(lines: readonly ImportLine[]): ImportReport {
    const counts = { users: 0, follows: 0, posts: 0, likes: 0, reposts: 0, skipped: 0, errors: 0 };
    const report: ImportReport = { ...counts, next: null };
    for (const line of lines) {
      if (!("user" in line)) continue;
      if (this.#follows.has(line.user.handle)) report.skipped++;
      else report.users++;
      this.join(line.user.handle);
    }
    for (const line of lines) {
      if (!("follow" in line)) continue;
      const [follower, followee] = line.follow;
      const bothExist = this.#follows.has(follower) && this.#follows.has(followee);
      if (!bothExist || follower === followee) report.errors++;
      else if (this.follows(follower, followee)) report.skipped++;
      else {
        this.follow(follower, followee, true);
        report.follows++;
      }
    }
    return report;
  }

  /** The full `latest` timeline, newest first. */
  timeline(viewer: string): Item[] {
    return this.#itemsFor(viewer, this.posts.values());
  }

  /** What a read may and must show while messages are on their way. */
  tolerance(viewer: string): Tolerance {
    const possible = this.#itemsFor(viewer, [
      ...this.posts.values(),
      // A delete hides the post from its author at once, and from others when its message arrives.
      ...[...this.#unsettled.values()].filter(
        (post) => !this.posts.has(post.id) && post.author !== viewer,
      ),
    ]);
    const required = possible.filter(
      (item) => item.author === viewer || !this.#unsettled.has(item.id),
    );
    return { possible, required: new Set(required.map((item) => item.id)) };
  }

  /** Call it once every message has arrived. */
  settle(): void {
    this.#unsettled.clear();
  }

  /** Ids of the replies to a post that exist, newest first. */
  replies(id: string): string[] {
    return [...this.posts.values()]
      .filter((post) => post.replyTo?.id === id)
      .map((post) => post.id)
      .sort()
      .reverse();
  }

  counts(handle: string): { followers: number; following: number; posts: number } {
    return {
      followers: this.handles.filter((follower) => this.follows(follower, handle)).length,
      following: this.#followedBy(handle).size,
      posts: [...this.posts.values()].filter((post) => post.author === handle).length,
    };
  }

  #itemsFor(viewer: string, posts: Iterable<ModelPost>): Item[] {
    const isInFeed = (author: string): boolean => author === viewer || this.follows(viewer, author);
    return [...posts]
      .filter((post) => isInFeed(post.author))
      .filter(
        ({ author, replyTo }) => replyTo === null || author === viewer || isInFeed(replyTo.author),
      )
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .map((post) => ({
        id: post.id,
        reason: post.author === viewer ? "self" : "following",
        author: post.author,
        text: post.text,
        replyTo: post.replyTo?.id ?? null,
      }));
  }

  #followedBy(handle: string): Set<string> {
    const followees = this.#follows.get(handle);
    if (followees === undefined) throw new Error(`the model has no account @${handle}`);
    return followees;
  }
}
