/**
 * A naive model of reactions and relations. It holds follows, mutes, blocks, likes and reposts in sets,
 * and computes each timeline from all posts and reposts.
 */

/** A post of the model; accounts are named by their handles. */
export interface ReactedPost {
  id: string;
  author: string;
  replyTo: { id: string; author: string } | null;
}

/** One line of a timeline: the original that it shows, and why. */
export interface Line {
  post: string;
  reason: "self" | "following" | "repost";
  by: string | null;
  liked: boolean;
  reposted: boolean;
}

/** An account, and the post or other account that it has a relation to. */
export interface Pair {
  from: string;
  to: string;
}

interface Occurrence {
  /** The id of the post, or of the repost that shows it. */
  id: string;
  post: ReactedPost;
  by: string | null;
}

/** A set of pairs. */
class Pairs {
  readonly #pairs = new Map<string, Pair>();

  set(from: string, to: string, active: boolean): void {
    if (active) this.#pairs.set(`${from} ${to}`, { from, to });
    else this.#pairs.delete(`${from} ${to}`);
  }

  has(from: string, to: string): boolean {
    return this.#pairs.has(`${from} ${to}`);
  }

  get all(): Pair[] {
    return [...this.#pairs.values()];
  }
}

export class ReactionModel {
  readonly posts = new Map<string, ReactedPost>();
  readonly follows = new Pairs();
  readonly mutes = new Pairs();
  readonly blocks = new Pairs();
  /** By account and post. Likes of deleted posts stay. */
  readonly likes = new Pairs();
  readonly reposts = new Pairs();
  /** The ids of reposts, by account and post. */
  readonly #entries = new Map<string, string>();

  publish(post: ReactedPost): void {
    this.posts.set(post.id, post);
  }

  remove(post: string): void {
    this.posts.delete(post);
  }

  /** @param entry the id of the repost; null undoes it */
  repost(actor: string, post: string, entry: string | null): void {
    this.reposts.set(actor, post, entry !== null);
    if (entry !== null) this.#entries.set(`${actor} ${post}`, entry);
  }

  /** A block undoes follows both ways; lifting the block restores none. */
  block(actor: string, target: string, active: boolean): void {
    this.blocks.set(actor, target, active);
    if (!active) return;
    this.follows.set(actor, target, false);
    this.follows.set(target, actor, false);
  }

  /** Whether one of two accounts has blocked the other. */
  isBlockBetween(one: string, other: string): boolean {
    return this.blocks.has(one, other) || this.blocks.has(other, one);
  }

  counts(post: string): { likes: number; reposts: number; replies: number } {
    return {
      likes: this.likes.all.filter((like) => like.to === post).length,
      reposts: this.reposts.all.filter((repost) => repost.to === post).length,
      replies: this.#answers(post).length,
    };
  }

  /** Ids of the replies to a post that a viewer sees, newest first. */
  replies(viewer: string, post: string): string[] {
    return this.#answers(post)
      .filter((reply) => !this.#hides(viewer, reply.author))
      .map((reply) => reply.id)
      .sort()
      .reverse();
  }

  /** The full `latest` timeline, newest first. */
  timeline(viewer: string): Line[] {
    const newest = new Map<string, Occurrence>();
    for (const occurrence of this.#occurrences()) {
      if (!this.#belongs(viewer, occurrence)) continue;
      const previous = newest.get(occurrence.post.id);
      if (previous === undefined || previous.id < occurrence.id) {
        newest.set(occurrence.post.id, occurrence);
      }
    }
    return [...newest.values()]
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .map(({ post, by }) => ({
        post: post.id,
        reason: by !== null ? "repost" : post.author === viewer ? "self" : "following",
        by,
        liked: this.likes.has(viewer, post.id),
        reposted: this.reposts.has(viewer, post.id),
      }));
  }

  #answers(post: string): ReactedPost[] {
    return [...this.posts.values()].filter((other) => other.replyTo?.id === post);
  }

  *#occurrences(): Generator<Occurrence> {
    for (const post of this.posts.values()) yield { id: post.id, post, by: null };
    for (const { from: by, to } of this.reposts.all) {
      const post = this.posts.get(to);
      if (post !== undefined) yield { id: this.#entries.get(`${by} ${to}`) ?? "", post, by };
    }
  }

  #hides(viewer: string, user: string): boolean {
    return this.mutes.has(viewer, user) || this.isBlockBetween(viewer, user);
  }

  #belongs(viewer: string, { post, by }: Occurrence): boolean {
    const isInFeed = (user: string) => user === viewer || this.follows.has(viewer, user);
    if (!isInFeed(by ?? post.author) || this.#hides(viewer, post.author)) return false;
    if (by !== null && this.#hides(viewer, by)) return false;
    if (post.replyTo === null || post.author === viewer) return true;
    if (this.#hides(viewer, post.replyTo.author)) return false;
    return by !== null || isInFeed(post.replyTo.author);
  }
}
