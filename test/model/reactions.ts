/**
 * What reactions promise, written as naively as possible: who likes and reposts what, in sets; a
 * timeline made anew from every post and repost whenever somebody asks.
 */

/** A post of the model; accounts are named by their handles. */
export interface ReactedPost {
  id: string;
  author: string;
  replyTo: { id: string; author: string } | null;
}

/** One line of a timeline: the original it shows, and how it got there. */
export interface Line {
  post: string;
  reason: "self" | "following" | "repost";
  by: string | null;
  liked: boolean;
  reposted: boolean;
}

interface Occurrence {
  /** The id of the post, or of the repost that brought it. */
  id: string;
  post: ReactedPost;
  by: string | null;
}

export class ReactionModel {
  readonly posts = new Map<string, ReactedPost>();
  readonly #likes = new Map<string, Set<string>>();
  /** For each post who reposts it, with the ids of the reposts. */
  readonly #reposts = new Map<string, Map<string, string>>();
  readonly #follows: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #mutes = new Set<string>();

  constructor(follows: ReadonlyMap<string, ReadonlySet<string>>) {
    this.#follows = follows;
  }

  publish(post: ReactedPost): void {
    this.posts.set(post.id, post);
    this.#likes.set(post.id, new Set());
    this.#reposts.set(post.id, new Map());
  }

  remove(post: string): void {
    this.posts.delete(post);
  }

  like(actor: string, post: string, active: boolean): void {
    if (active) this.#likes.get(post)?.add(actor);
    else this.#likes.get(post)?.delete(actor);
  }

  /** @param entry the id of the repost; null takes it back */
  repost(actor: string, post: string, entry: string | null): void {
    if (entry === null) this.#reposts.get(post)?.delete(actor);
    else this.#reposts.get(post)?.set(actor, entry);
  }

  mute(viewer: string, user: string, active: boolean): void {
    if (active) this.#mutes.add(`${viewer} ${user}`);
    else this.#mutes.delete(`${viewer} ${user}`);
  }

  counts(post: string): { likes: number; reposts: number; replies: number } {
    return {
      likes: this.#likes.get(post)?.size ?? 0,
      reposts: this.#reposts.get(post)?.size ?? 0,
      replies: [...this.posts.values()].filter((other) => other.replyTo?.id === post).length,
    };
  }

  /** The full `latest` timeline, newest first. */
  timeline(viewer: string): Line[] {
    const newest = new Map<string, Occurrence>();
    for (const occurrence of this.#occurrences()) {
      if (!this.#belongs(viewer, occurrence)) continue;
      const known = newest.get(occurrence.post.id);
      if (known === undefined || known.id < occurrence.id) {
        newest.set(occurrence.post.id, occurrence);
      }
    }
    return [...newest.values()]
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .map(({ post, by }) => ({
        post: post.id,
        reason: by !== null ? "repost" : post.author === viewer ? "self" : "following",
        by,
        liked: this.#likes.get(post.id)?.has(viewer) ?? false,
        reposted: this.#reposts.get(post.id)?.has(viewer) ?? false,
      }));
  }

  *#occurrences(): Generator<Occurrence> {
    for (const post of this.posts.values()) {
      yield { id: post.id, post, by: null };
      for (const [by, id] of this.#reposts.get(post.id) ?? []) yield { id, post, by };
    }
  }

  #belongs(viewer: string, { post, by }: Occurrence): boolean {
    const known = (user: string) =>
      user === viewer || this.#follows.get(viewer)?.has(user) === true;
    const muted = (user: string) => this.#mutes.has(`${viewer} ${user}`);
    if (!known(by ?? post.author) || muted(post.author) || (by !== null && muted(by))) return false;
    return by !== null || post.replyTo === null || known(post.replyTo.author);
  }
}
